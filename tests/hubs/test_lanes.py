"""Work side by side: each lane goes on by itself, within bounds."""

import asyncio

from commonhub.hubs import lanes


class Works:
    """Pieces of work that go on until they are let."""

    def __init__(self) -> None:
        self.on: set[str] = set()
        self.let = asyncio.Event()
        self.most = 0

    def __call__(self, name: str) -> lanes.Work:
        async def work() -> None:
            self.on.add(name)
            self.most = max(self.most, len(self.on))
            await self.let.wait()
            self.on.discard(name)

        return work


async def test_the_same_thing_is_not_begun_twice_and_a_lane_takes_so_many():
    works, some = Works(), lanes.Lanes("try", width=9, each=2)
    begun = [some.begin("a", 1, works("1")), some.begin("a", 1, works("1")), some.begin("a", 2, works("2"))]
    assert begun == [True, False, True]
    assert not some.begin("a", 3, works("3"))
    assert some.begin("b", 1, works("4"))
    assert some.full() == ("a",)
    works.let.set()
    await some.rest()
    assert some.full() == ()
    assert some.begin("a", 1, works("1"))
    await some.rest()


async def test_no_more_than_the_width_go_on_at_once_and_all_are_done():
    works, some = Works(), lanes.Lanes("try", width=3)
    assert all(some.begin(f"hub-{number}", "", works(str(number))) for number in range(10))
    await asyncio.sleep(0)
    assert len(works.on) == 3
    works.let.set()
    await some.rest()
    assert (works.most, works.on) == (3, set())


async def test_a_fault_is_told_and_its_lane_is_free_again(caplog):
    async def broken() -> None:
        raise ValueError("odd")

    some = lanes.Lanes("try", width=1)
    some.begin("a", "", broken)
    await some.rest()
    assert "failed to try at a" in caplog.text
    works = Works()
    works.let.set()
    assert some.begin("a", "", works("1"))
    await some.rest()


async def test_what_is_given_up_ends(caplog):
    works, some = Works(), lanes.Lanes("try", width=1)
    for lane in ("a", "b"):
        some.begin(lane, "", works(lane))
    async with asyncio.timeout(60):
        await some.close()
    assert some.full() == ()
    assert caplog.text == ""
