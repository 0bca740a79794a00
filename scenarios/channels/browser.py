"""The browser that a web client runs in: its cache, its page and the files that the page names."""

from collections.abc import Sequence

from loadtests.config.environment import origin_of
from loadtests.load.http import Request, Response
from loadtests.load.outcomes import Failed, expect
from loadtests.load.person import Person
from scenarios.channels.answers import check_is_json
from scenarios.channels.batch import BATCH
from scenarios.channels.browser_cache import BrowserCache
from scenarios.channels.page import static_files

PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}
_FILE = {"Accept": "*/*", "Sec-Fetch-Mode": "no-cors"}


class Browser:
    """One person's browser. Its cache outlives the sessions; cookies and connections are the `HttpClient`'s."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._cache = BrowserCache()

    def page(self, url: str) -> Response:
        """A page itself; it is never taken from the cache. Raises what `expect` raises."""
        request = Request("GET", url, "GET main.aspx", {**PAGE, **self._person.headers()})
        return expect(self._person.http.send(request), 200)

    def load_files_of(self, page: Response) -> None:
        """The scripts, style sheets, icons and images of a page, but those that are fresh in the cache.

        Only from the environment's own origins: other hosts are never contacted (DESIGN 4.5).
        """
        named = static_files(page.text, page.request.url)
        if not named:
            raise Failed(f"{page.request.template}: a page without a single script is not the CRM's", page)
        allowed = self._person.plan.environment.allowed_origins
        headers = {**_FILE, **self._person.headers()}
        files = [Request("GET", url, "GET static file", headers) for url in named if origin_of(url) in allowed]
        for answer in self._person.http.send_all(self.needed(files)):
            self._cache.keep(answer)
            expect(answer)

    def needed(self, requests: Sequence[Request]) -> list[Request]:
        """Those that the cache cannot answer, with its validators."""
        return self._cache.needed(requests)

    def send(self, requests: Sequence[Request]) -> list[Response]:
        """Web API requests in parallel, six at a time; every answer must be a good one, in the requests' order.

        The parts of a batch are checked by who asked for them.
        """
        answers = self._person.http.send_all(requests)
        asked_for = self._cache.asked_for
        for answer in answers:
            request = answer.request
            if request.url in asked_for:
                self._cache.keep(answer)
            if not request.template.startswith(BATCH):
                check_is_json(expect(answer))
        return answers
