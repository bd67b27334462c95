from tests.bench.report import Result


async def measure(scale, folder):
    return Result(())
