"""Windows counters by their names, in the languages that Windows speaks.

Objects, counters and even `_Total` are translated. The English names are the keys; each language gives the names seen
in public logs and scripts of that language, the present one first. A name that is the same in English is left out.
"""

import re
from dataclasses import dataclass

OBJECTS = ("Processor", "Processor Information", "Memory", "PhysicalDisk", "Network Interface", "System", "Process")
CPU = "% Processor Time"
FREE_MB, FREE_KB, FREE_BYTES = "Available MBytes", "Available KBytes", "Available Bytes"
IDLE, DISK_QUEUE = "% Idle Time", "Current Disk Queue Length"
TRANSFER, READ, WRITE = "Avg. Disk sec/Transfer", "Avg. Disk sec/Read", "Avg. Disk sec/Write"
NETWORK, RUN_QUEUE = "Bytes Total/sec", "Processor Queue Length"
COUNTERS = (CPU, FREE_MB, FREE_KB, FREE_BYTES, IDLE, DISK_QUEUE, TRANSFER, READ, WRITE, NETWORK, RUN_QUEUE)
TOTALS = ("_total", "_totaal", "_totale", "_gesamt")
"""The instance that is all of them together."""

Names = dict[str, tuple[str, ...]]
LANGUAGES: dict[str, Names] = {
    "de": {
        "Processor": ("Prozessor",),
        "Processor Information": ("Prozessorinformationen",),
        "Memory": ("Arbeitsspeicher", "Speicher"),
        "PhysicalDisk": ("Physikalischer Datenträger", "Physischer Datenträger"),
        "Network Interface": ("Netzwerkschnittstelle",),
        "Process": ("Prozess",),
        CPU: ("Prozessorzeit (%)",),
        FREE_MB: ("Verfügbare MB",),
        FREE_KB: ("Verfügbare KB",),
        FREE_BYTES: ("Verfügbare Bytes",),
        IDLE: ("Leerlaufzeit (%)",),
        DISK_QUEUE: ("Aktuelle Warteschlangenlänge",),
        TRANSFER: ("Mittlere Sek./Übertragung",),
        READ: ("Mittlere Sek./Lesevorgänge",),
        WRITE: ("Mittlere Sek./Schreibvorgänge",),
        NETWORK: ("Gesamtanzahl Bytes/s", "Bytes gesamt/s"),
        RUN_QUEUE: ("Prozessor-Warteschlangenlänge",),
    },
    "fr": {
        "Processor": ("Processeur",),
        "Processor Information": ("Informations sur le processeur",),
        "Memory": ("Mémoire",),
        "PhysicalDisk": ("Disque physique",),
        "Network Interface": ("Interface réseau",),
        "System": ("Système",),
        "Process": ("Processus",),
        CPU: ("% temps processeur",),
        FREE_MB: ("Mégaoctets disponibles",),
        FREE_KB: ("Kilo-octets disponibles",),
        FREE_BYTES: ("Octets disponibles",),
        IDLE: ("% d'inactivité",),
        DISK_QUEUE: ("Taille de file d'attente du disque actuelle",),
        TRANSFER: ("Moyenne disque s/transfert",),
        READ: ("Moyenne disque s/lecture",),
        WRITE: ("Moyenne disque s/écriture",),
        NETWORK: ("Total des octets/s",),
        RUN_QUEUE: ("Longueur de la file du processeur",),
    },
    "es": {
        "Processor": ("Procesador",),
        "Processor Information": ("Información del procesador",),
        "Memory": ("Memoria",),
        "PhysicalDisk": ("Disco físico",),
        "Network Interface": ("Interfaz de red",),
        "System": ("Sistema",),
        "Process": ("Proceso",),
        CPU: ("% de tiempo de procesador",),
        FREE_MB: ("Mbytes disponibles", "MB disponibles"),
        FREE_BYTES: ("Bytes disponibles",),
        IDLE: ("% de tiempo inactivo",),
        DISK_QUEUE: ("Longitud actual de la cola de disco",),
        TRANSFER: ("Promedio de disco s/transferencia",),
        READ: ("Promedio de disco s/lectura",),
        WRITE: ("Promedio de disco s/escritura",),
        NETWORK: ("Total de bytes/s", "Bytes totales/s"),
        RUN_QUEUE: ("Longitud de la cola de procesador", "Longitud de la cola del procesador"),
    },
    "it": {
        "Processor": ("Processore",),
        "Processor Information": ("Informazioni processore",),
        "Memory": ("Memoria",),
        "PhysicalDisk": ("Disco fisico",),
        "Network Interface": ("Interfaccia di rete",),
        "System": ("Sistema",),
        "Process": ("Processo",),
        CPU: ("% Tempo processore",),
        FREE_MB: ("MByte disponibili",),
        FREE_BYTES: ("Byte disponibili",),
    },
    "pt": {
        "Processor": ("Processador",),
        "Processor Information": ("Informações do processador",),
        "Memory": ("Memória",),
        "PhysicalDisk": ("PhysicalDisk", "Disco físico"),
        "System": ("Sistema",),
        "Process": ("Processo",),
        CPU: ("% tempo de processador", "% Tempo do processador"),
        FREE_MB: ("MBytes disponíveis",),
        FREE_BYTES: ("Bytes disponíveis",),
        DISK_QUEUE: ("Comprimento da fila de disco atual",),
    },
    "nl": {
        "Memory": ("Geheugen",),
        "PhysicalDisk": ("Fysieke schijf",),
        "Network Interface": ("Netwerkinterface",),
        "System": ("Systeem",),
        "Process": ("Proces",),
        CPU: ("% Processortijd",),
        FREE_MB: ("Beschikbare megabytes (MB)", "Beschikbare megabytes"),
    },
}

_PATH = re.compile(
    r"^(?:\\\\(?P<machine>[^\\]+))?\\?(?P<object>[^\\(]+?)(?:\((?P<instance>.*)\))?\\(?P<counter>[^\\]+)$"
)


@dataclass(frozen=True, slots=True)
class CounterPath:
    r"""A path `\\machine\object(instance)\counter`, as written; parts that it lacks are empty."""

    machine: str
    object: str
    instance: str
    counter: str

    @property
    def is_total(self) -> bool:
        """True for the instance that sums up all of its object."""
        return self.instance.lower() in TOTALS

    @property
    def without_machine(self) -> str:
        """The path as any machine would have it."""
        instance = f"({self.instance})" if self.instance else ""
        return f"\\{self.object}{instance}\\{self.counter}"


def parse_path(text: str) -> CounterPath | None:
    """The parts of a path; None for what is none."""
    match = _PATH.match(text.strip())
    return CounterPath(**{key: value or "" for key, value in match.groupdict().items()}) if match else None


def english(path: CounterPath, said: dict[str, str] | None = None) -> CounterPath | None:
    """The path in English; None in a language that nobody here knows. `said`: local path -> English, as an environment
    file maps them; with or without an instance."""
    for local, meant in (said or {}).items():
        known, target = parse_path(local), parse_path(meant)
        if (
            known is None
            or target is None
            or (_plain(known.object), _plain(known.counter))
            != (
                _plain(path.object),
                _plain(path.counter),
            )
        ):
            continue
        if known.instance and _plain(known.instance) != _plain(path.instance):
            continue
        instance = target.instance if known.instance else path.instance
        return CounterPath(path.machine, target.object, instance, target.counter)
    object_, counter = _BY_NAME.get(_plain(path.object)), _BY_NAME.get(_plain(path.counter))
    if object_ not in OBJECTS or counter not in COUNTERS:
        return None
    return CounterPath(path.machine, object_, path.instance, counter)


def localised(path: str, language: str) -> str | None:
    """An English path in another language; None where that language's name of a part is not known."""
    parts = parse_path(path)
    if language == "en" or parts is None:
        return path
    names = LANGUAGES[language]
    same = {"Processor", "System", "Process"} - set(names)
    object_ = names.get(parts.object, (parts.object,) if parts.object in same else ("",))[0]
    counter = names.get(parts.counter, ("",))[0]
    if not object_ or not counter:
        return None
    return CounterPath("", object_, parts.instance, counter).without_machine


def _plain(name: str) -> str:
    """Apostrophes, blanks and capitals differ between tools."""
    return " ".join(name.replace("\u2019", "'").replace("\u00a0", " ").lower().split())


_BY_NAME = {_plain(name): name for name in (*OBJECTS, *COUNTERS)} | {
    _plain(local): name for names in LANGUAGES.values() for name, locals_ in names.items() for local in locals_
}
