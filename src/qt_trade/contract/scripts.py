"""The server-side scripts that make value, revision and push one step.

What a stranger left at a key of ours, of whatever type, gives way to its writer's next value.
"""

WRITE = """
local found = redis.pcall('GET', KEYS[2])
found = type(found) == 'table' and 0 or tonumber(found or '0') or 0
if found == 0 then redis.call('DEL', KEYS[2]) end
if ARGV[2] ~= '' and found ~= tonumber(ARGV[2]) then return {0, found} end
local revision = redis.call('INCR', KEYS[2])
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  redis.call('PEXPIRE', KEYS[2], 86400000)
else
  redis.call('SET', KEYS[1], ARGV[1])
end
redis.call('PUBLISH', KEYS[1], revision .. ' ' .. ARGV[1])
return {1, revision}
"""
"""KEYS: document, revision. ARGV: JSON, expected revision or '', milliseconds to live or ''."""

DELETE = """
local found = redis.pcall('GET', KEYS[2])
if type(found) == 'table' or not tonumber(found or '0') then redis.call('DEL', KEYS[2]) end
local gone = redis.call('DEL', KEYS[1])
local revision = redis.call('INCR', KEYS[2])
if ARGV[1] ~= '' then redis.call('PEXPIRE', KEYS[2], 86400000) end
redis.call('PUBLISH', KEYS[1], revision .. ' ')
return gone
"""
"""KEYS: document, revision. ARGV: milliseconds the document may live or ''."""

APPEND = """
local id = redis.pcall('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'd', ARGV[2])
if type(id) == 'table' then
  redis.call('DEL', KEYS[1])
  id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'd', ARGV[2])
end
redis.call('PUBLISH', KEYS[1], id .. ' ' .. ARGV[2])
return id
"""
"""KEYS: stream. ARGV: entries kept, JSON."""

ANSWER = """
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
  redis.call('PUBLISH', KEYS[3], ARGV[3])
end
return 1
"""
"""KEYS: stream, kept reply, reply channel. ARGV: group, entry id, reply or '', ms to live."""
