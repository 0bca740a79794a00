"""Around the load: the local CRM and Locust as child processes, the check before, the live view during."""
