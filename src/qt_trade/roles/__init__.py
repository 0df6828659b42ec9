"""The programs that run: engine, streamer, worker, beat, and what starts and watches them."""
