"""When answers came, and how much later they were noticed: the generator's fault, and nobody's wait."""

from time import perf_counter


class Lateness:
    """Of one person's waves since `forget`."""

    __slots__ = ("_of_last", "before_last", "last_byte")

    def __init__(self) -> None:
        self.before_last = 0.0
        """Seconds, of all waves but the last, which ends with its last byte however late that is noticed."""
        self.last_byte = 0.0
        """The last answer's, in seconds of `time.perf_counter`; 0 where none has come."""
        self._of_last = 0.0

    def forget(self) -> None:
        """A transaction begins."""
        self.before_last = self.last_byte = self._of_last = 0.0

    def noticed(self, last_byte: float) -> None:
        """The person goes on now; the wave's last byte came at that moment of `time.perf_counter`."""
        self.before_last += self._of_last
        self.last_byte = last_byte
        self._of_last = perf_counter() - last_byte
