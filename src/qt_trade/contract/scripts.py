"""The server-side scripts that make value, revision and push one step.

What a stranger left at a key of ours, of whatever type, gives way to its writer's next value.
"""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Script:
    """A script and the name a server calls it by once it knows it."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        name = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", name)


_TEXT = """
local function text(key)
  local found = redis.pcall('GET', key)
  return type(found) == 'string' and found
end
local function number(key)
  local found = tonumber(text(key) or '0') or 0
  return found < 1e14 and found or 0
end
"""
"""What stands at a key, and nothing where anything else than such stands."""

WRITE = Script(
    _TEXT
    + """
if ARGV[2] ~= '' and number(KEYS[2]) ~= tonumber(ARGV[2]) then
  return {0, number(KEYS[2]), text(KEYS[1])}
end
local revision = redis.pcall('INCR', KEYS[2])
if type(revision) == 'table' then
  redis.call('SET', KEYS[2], '1')
  revision = 1
end
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  redis.call('PEXPIRE', KEYS[2], 86400000)
else
  redis.call('SET', KEYS[1], ARGV[1])
end
redis.call('PUBLISH', KEYS[1], revision .. ' ' .. ARGV[1])
return {1, revision}
"""
)
"""KEYS: document, revision. ARGV: JSON, expected revision or '', milliseconds to live or ''.

Answers 1 and the new revision, or 0, the present revision and what stands there.
"""

_STRANGER = (
    _TEXT
    + """
local there = text(KEYS[1])
local digest = there and redis.sha1hex(there) or ''
local revision = number(KEYS[2])
if digest ~= (text(KEYS[3]) or '') then revision = revision + 1 end
"""
)
"""What a stranger wrote counts as one revision more; ``topics.revision_of`` counts alike."""

WRITE_SHARED = Script(
    _STRANGER
    + """
if ARGV[2] ~= '' and (revision ~= tonumber(ARGV[2]) or ARGV[3] ~= '-' and ARGV[3] ~= digest) then
  return {0, revision, there}
end
revision = string.format('%d', revision + 1)
redis.call('SET', KEYS[2], revision)
redis.call('SET', KEYS[3], redis.sha1hex(ARGV[1]))
redis.call('SET', KEYS[1], ARGV[1])
redis.call('PUBLISH', KEYS[1], revision .. ' ' .. ARGV[1])
return {1, tonumber(revision)}
"""
)
"""KEYS: document, revision, digest. ARGV: JSON, expected revision or '', the digest of what the
writer has seen at that revision or '-' where it is not known. Answers as WRITE does."""

DELETE = Script("""
local revision = redis.pcall('INCR', KEYS[2])
if type(revision) == 'table' then
  redis.call('SET', KEYS[2], '1')
  revision = 1
end
local gone = redis.call('DEL', KEYS[1])
if ARGV[1] ~= '' then redis.call('PEXPIRE', KEYS[2], 86400000) end
redis.call('PUBLISH', KEYS[1], revision .. ' ')
return gone
""")
"""KEYS: document, revision. ARGV: milliseconds the document may live or ''."""

DELETE_SHARED = Script(
    _STRANGER
    + """
revision = string.format('%d', revision + 1)
redis.call('SET', KEYS[2], revision)
local gone = redis.call('DEL', KEYS[1])
redis.call('DEL', KEYS[3])
redis.call('PUBLISH', KEYS[1], revision .. ' ')
return gone
"""
)
"""KEYS: document, revision, digest."""

APPEND = Script("""
local id = redis.pcall('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'd', ARGV[2])
if type(id) == 'table' then
  redis.call('DEL', KEYS[1])
  id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'd', ARGV[2])
end
redis.call('PUBLISH', KEYS[1], id .. ' ' .. ARGV[2])
return id
""")
"""KEYS: stream. ARGV: entries kept, JSON."""

ANSWER = Script("""
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
  redis.call('PUBLISH', KEYS[3], ARGV[3])
end
return 1
""")
"""KEYS: stream, kept reply, reply channel. ARGV: group, entry id, reply or '', ms to live."""
