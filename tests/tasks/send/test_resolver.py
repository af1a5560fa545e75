"""Names of hosts are looked up in threads of their own."""

import pytest

from tasks.send.resolver import Resolver


async def test_a_name_has_addresses():
    resolver = Resolver()

    (found, *_) = await resolver.resolve("localhost", 80)

    assert (found["hostname"], found["host"], found["port"]) == ("localhost", "127.0.0.1", 80)
    await resolver.close()


async def test_a_name_without_addresses_is_an_error_of_the_operating_system():
    resolver = Resolver()

    with pytest.raises(OSError, match=r".+"):
        await resolver.resolve("no-such-host.invalid")

    await resolver.close()
