"""The Celery worker and beat: the jobs on their three rhythms."""
