"""MiniStack with all of its ports on 127.0.0.1: that of MQTT for devices knows no setting for it."""

import asyncio
import runpy

create_server = asyncio.base_events.BaseEventLoop.create_server


async def create_server_here(loop, factory, host=None, port=None, **options):
    return await create_server(loop, factory, "127.0.0.1" if host == "0.0.0.0" else host, port, **options)


asyncio.base_events.BaseEventLoop.create_server = create_server_here
runpy.run_module("ministack", run_name="__main__", alter_sys=True)
