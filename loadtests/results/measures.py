"""What servers are counted by: the names in counters.csv, `server/<name>|<measure>`, whoever counted.

Shares are 0..1. A reading is the mean of its interval.
"""

SERVER_PREFIX = "server/"

BUSY = "busy_share"
"""Share of all processors of the server that was busy: what the capacity model reads."""
RUN_QUEUE = "processor_queue"
"""Threads that waited for a processor."""
MEMORY_FREE = "memory_free_mb"
DISK_BUSY = "disk_busy_share"
"""Share of the time in which the disk (the busiest of several) had something to do."""
DISK_QUEUE = "disk_queue"
"""Requests before the disks."""
DISK_TIME = "disk_ms"
"""How long a read or a write took."""
NETWORK = "network_mb_per_s"
"""Sent and received, all cards."""
ASYNC_CORES = "async_service_cores"
"""Processor cores that the CRM's asynchronous service used."""

LOCK_WAITS = "waiting_for_locks"
"""This and the next: database sessions that waited, on average, and for what."""
LOG_WAITS = "waiting_for_log"
READ_WAITS = "waiting_for_pages_from_disk"
LATCH_WAITS = "waiting_for_pages_in_memory"
GRANT_WAITS = "waiting_for_query_memory"
WORKER_WAITS = "waiting_for_a_worker_thread"
CLIENT_WAITS = "waiting_for_the_application_server"
FILE_READ = "database_file_read_ms"
FILE_WRITE = "database_file_write_ms"

SHARES = (BUSY, DISK_BUSY)
MEASURES = (
    BUSY, RUN_QUEUE, MEMORY_FREE, DISK_BUSY, DISK_QUEUE, DISK_TIME, NETWORK, ASYNC_CORES,
    LOCK_WAITS, LOG_WAITS, READ_WAITS, LATCH_WAITS, GRANT_WAITS, WORKER_WAITS, CLIENT_WAITS, FILE_READ, FILE_WRITE,
)  # fmt: skip
