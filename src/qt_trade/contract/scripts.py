"""The server-side scripts that make value, revision and push one step."""

WRITE = """
local found = tonumber(redis.call('GET', KEYS[2]) or '0')
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
local gone = redis.call('DEL', KEYS[1])
local revision = redis.call('INCR', KEYS[2])
if ARGV[1] ~= '' then redis.call('PEXPIRE', KEYS[2], 86400000) end
redis.call('PUBLISH', KEYS[1], revision .. ' ')
return gone
"""
"""KEYS: document, revision. ARGV: milliseconds the document may live or ''."""

APPEND = """
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'd', ARGV[2])
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
