"""The server-side scripts of the ledger of quotas: each reads and changes a provider in one step.

A provider is one hash. ``second:N`` and ``minute:N``: what was taken in the N-th bucket of time;
``day:…`` and ``month:…``: in a period of the calendar; ``limit:…``: what the window allows; the
rest is its state, moments in milliseconds.
"""

from qt_trade.contract.scripts import Script

_HELD = """
local key, now = KEYS[1], tonumber(ARGV[1])
local flat, held = redis.pcall('HGETALL', key), {}
if flat.err then
  redis.call('DEL', key)
  flat = {}
end
for at = 1, #flat, 2 do held[flat[at]] = flat[at + 1] end
local function moment(name) return tonumber(held[name] or 0) end
local function begins(field, with) return string.sub(field, 1, #with) == with end
"""
"""What is known of a provider; what a stranger left in its place gives way."""

_WINDOWS = """
local stale, rows = {}, {}
-- A window slides (its width is not 0): what was taken falls out of it bucket by bucket.
local function sliding(row)
  local with, found = row.name .. ':', {}
  for field, count in pairs(held) do
    if begins(field, with) then
      local out = (tonumber(string.sub(field, #with + 1)) + 1) * row.width + row.span
      if out > now then
        found[#found + 1] = {out, tonumber(count)}
      else
        stale[#stale + 1] = field
      end
    end
  end
  table.sort(found, function(one, other) return one[1] < other[1] end)
  return found
end
-- Or it is one of the calendar's, and all of it falls out at once.
local function taken(row)
  if row.width > 0 then return sliding(row) end
  for field in pairs(held) do
    if begins(field, row.name .. ':') and field < row.oldest then stale[#stale + 1] = field end
  end
  return {{row.span, tonumber(held[row.field] or 0)}}
end
local function used(found)
  local sum = 0
  for _, one in ipairs(found) do sum = sum + one[2] end
  return sum
end
for at = FIRST, #ARGV, 5 do
  local row = {name = ARGV[at], count = tonumber(ARGV[at + 1]), span = tonumber(ARGV[at + 2]),
               width = tonumber(ARGV[at + 3]), field = ARGV[at + 4]}
  if row.width > 0 then row.field = row.name .. ':' .. math.floor(now / row.width) end
  rows[#rows + 1] = row
end
for _, row in ipairs(rows) do
  row.oldest = row.field
  for _, other in ipairs(rows) do
    if other.name == row.name and other.field < row.oldest then row.oldest = other.field end
  end
end
"""

TAKE = Script(
    _HELD
    + _WINDOWS.replace("FIRST", "5")
    + """
local cost, wait = tonumber(ARGV[2]), 0
local function until_(at) wait = math.max(wait, at - now) end
until_(moment('refused_until'))
until_(moment('pause_until'))
local rests = moment('rest_until') > 0
until_(moment('rest_until'))
until_(moment('probe_until'))
for _, row in ipairs(rows) do
  local found = taken(row)
  local over = used(found) + cost - row.count
  for _, one in ipairs(found) do
    if over <= 0 then break end
    over = over - one[2]
    until_(one[1])
  end
end
for _, field in ipairs(stale) do redis.call('HDEL', key, field) end
if wait > 0 then return wait end
for _, row in ipairs(rows) do
  redis.call('HINCRBY', key, row.field, cost)
  redis.call('HSET', key, 'limit:' .. row.name, row.count)
end
if rests then redis.call('HSET', key, 'probe_until', now + tonumber(ARGV[3])) end
redis.call('PEXPIRE', key, ARGV[4])
if held.failures or held.rests or held.rest_until or held.refused_until then return -1 end
return 0
"""
)
"""KEYS: provider. ARGV: now, cost, how long a probe may take, how long the hash is kept; then for
each window: name, what it allows, span, width of a bucket (0: the calendar's), field. The span of
a sliding window is its length, that of one of the calendar's the moment it ends. Answers the
milliseconds to wait, 0 for what was taken, and -1 where a success of it would be news.
"""

TOLD = Script(
    _HELD
    + _WINDOWS.replace("FIRST", "2")
    + """
for _, row in ipairs(rows) do
  local allowed = tonumber(held['limit:' .. row.name] or 0)
  local missing = allowed - row.count - used(taken(row))
  if allowed > 0 and missing > 0 then redis.call('HINCRBY', key, row.field, missing) end
end
return 1
"""
)
"""KEYS: provider. ARGV: now; then for each window as in TAKE, but what is left of it by count."""

PAUSE = Script("""
local key, till = KEYS[1], tonumber(ARGV[1])
if till > (tonumber(redis.call('HGET', key, 'pause_until')) or 0) then
  redis.call('HSET', key, 'pause_until', till, 'pause_words', ARGV[2])
end
-- Who asks for a pause is there.
redis.call('HDEL', key, 'failures', 'failing_since', 'rests', 'rest_until', 'probe_until', 'words')
redis.call('PEXPIRE', key, ARGV[3])
return 1
""")
"""KEYS: provider. ARGV: until, words, how long the hash is kept."""

FAILED = Script(
    _HELD
    + """
local failures, rests, rest = moment('failures') + 1, moment('rests'), tonumber(ARGV[5])
local open, probing = moment('rest_until') > 0, moment('probe_until') > now
if not open and now - moment('failing_since') > tonumber(ARGV[4]) then
  failures = 1
  redis.call('HSET', key, 'failing_since', now)
end
redis.call('HSET', key, 'failures', failures, 'words', ARGV[2])
-- What was under way when the rest began says nothing new.
if (not open and failures >= tonumber(ARGV[3])) or (open and probing) then
  rest = math.min(rest * 2 ^ rests, tonumber(ARGV[6]))
  redis.call('HSET', key, 'rest_until', now + rest, 'rests', rests + 1)
  redis.call('HDEL', key, 'probe_until')
end
redis.call('PEXPIRE', key, ARGV[7])
return 1
"""
)
"""KEYS: provider. ARGV: now, words, failures it takes, span they must lie within, first rest,
longest rest, how long the hash is kept."""
