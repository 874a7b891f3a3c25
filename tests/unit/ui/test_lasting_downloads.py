"""What a download button offers outlives the redraws of others, and does go in the end."""

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from fingen_core.ui import lasting_downloads

PLACE = "1.(0, 2)"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    for name in ("_get_inactive_file_ids", "_remove_orphaned_deferred_callables"):
        monkeypatch.setattr(MediaFileManager, name, getattr(MediaFileManager, name))  # put back afterwards
    found = Clock()
    lasting_downloads.keep(found)
    return found


@pytest.fixture
def manager():
    return MediaFileManager(MemoryMediaFileStorage("/media"))


def looks(manager, times=5):
    """Somebody's polls: each ends with a look for what nobody names any more."""
    for _ in range(times):
        manager.remove_orphaned_files()


def there(manager, url):
    return manager.read_file(url.rpartition("/")[2].partition(".")[0]) is not None


def test_without_this_streamlit_forgets_what_was_made_after_two_looks(manager):
    url = manager.execute_deferred(manager.add_deferred(lambda: b"made", "text/csv", PLACE, "a.csv"))
    looks(manager, 1)
    assert there(manager, url)
    looks(manager, 1)
    assert not there(manager, url)


def test_what_was_made_on_demand_can_be_fetched_for_a_while(clock, manager):
    url = manager.execute_deferred(manager.add_deferred(lambda: b"made", "text/csv", PLACE, "a.csv"))
    looks(manager)
    clock.now = lasting_downloads.SECONDS - 1
    looks(manager)
    assert there(manager, url)
    clock.now = lasting_downloads.SECONDS + 1
    looks(manager)
    assert not there(manager, url)


def test_a_button_that_was_redrawn_meanwhile_still_makes_its_file(clock, manager):
    first = manager.add_deferred(lambda: b"first", "text/csv", PLACE, "a.csv")
    manager.add_deferred(lambda: b"second", "text/csv", PLACE, "a.csv")  # a poll draws it again
    looks(manager)
    assert there(manager, manager.execute_deferred(first))
    clock.now = lasting_downloads.SECONDS + 1
    looks(manager)
    with pytest.raises(MediaFileStorageError, match="not found"):
        manager.execute_deferred(first)


def test_a_button_that_stays_named_never_loses_its_file(clock, manager):
    url = manager.add(b"report", "application/pdf", PLACE, "a.pdf", True)
    for _ in range(5):
        clock.now += lasting_downloads.SECONDS
        looks(manager)
    assert there(manager, url)
    manager.clear_session_refs()  # a whole page is drawn, and cut off before the button
    looks(manager)
    assert there(manager, url)


def test_pictures_of_before_go_at_once(clock, manager):
    url = manager.add(b"picture", "image/png", PLACE)
    manager.clear_session_refs()
    looks(manager, 1)
    assert not there(manager, url)


def test_the_oldest_go_before_their_time_when_there_are_too_many_or_too_large(clock, manager, monkeypatch):
    monkeypatch.setattr(lasting_downloads, "MOST", 3)
    urls = []
    for number in range(5):
        clock.now = float(number)
        made = manager.add_deferred(lambda number=number: b"%d" % number, "text/csv", PLACE, "a.csv")
        urls.append(manager.execute_deferred(made))
        looks(manager, 1)
    looks(manager)
    assert [there(manager, url) for url in urls] == [False, False, True, True, True]
    monkeypatch.setattr(lasting_downloads, "MOST_BYTES", 1)
    looks(manager)
    assert [there(manager, url) for url in urls] == [False, False, False, False, True]
