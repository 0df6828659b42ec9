"""How long stored bars are kept."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

_Days = Annotated[int, Field(ge=0)]


class RetentionSettings(BaseModel):
    """Days that bars are kept, by their length; 0: for ever. They go by whole partitions."""

    minute_days: _Days = 400
    five_minute_days: _Days = 1_100
    quarter_days: _Days = 1_100
    daily_days: _Days = 0

    def by_interval(self) -> dict[int, timedelta]:
        """Return how long bars of each length (in seconds) are kept, of those that are let go."""
        days = {
            60: self.minute_days,
            300: self.five_minute_days,
            900: self.quarter_days,
            86_400: self.daily_days,
        }
        return {length: timedelta(days=count) for length, count in days.items() if count}
