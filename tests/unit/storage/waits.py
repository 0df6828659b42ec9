"""Waiting for PostgreSQL to be where a test needs it."""

import asyncio

import psycopg

_BLOCKED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name LIKE %s
"""


async def until_blocked(bare: psycopg.AsyncConnection[tuple[object, ...]], name: str) -> None:
    """Return when a connection of the door ``name`` waits for somebody's lock."""
    async with asyncio.timeout(20):
        while True:
            cursor = await bare.execute(_BLOCKED, [f"qtrade {name}"])
            if await cursor.fetchone() == (1,):
                return
