"""The recognizer process: model → worker on the bus. Without a model it runs, says so, and transcribes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from asr.config import AsrConfig
from asr.model_files import NoModel, locate
from asr.recognizer import NoPhrases, RecognizerFactory
from asr.vosk_recognizer import ModelNotLoaded, load_recognizers
from asr.worker import AsrWorker
from core.ids import WorkerId
from server.clock import clock_of
from server.config import Config
from server.files.opening import shelf_of
from server.processes.garbage import set_loaded_aside
from server.processes.lifetime import until_signalled
from server.processes.watchdog import watched_loop
from server.storage.redis_bus import RedisBus
from server.storage.redis_dead_letters import RedisDeadLetters

log = structlog.get_logger(__name__)
_ANY_PHRASE = ("one",)


def worker_config(config: Config, worker_id: WorkerId) -> AsrConfig:
    settings = AsrConfig(worker_id=worker_id, data_dir=config.data_dir, host=config.speech.bind)
    if not config.speech.threads:
        return settings
    threads = config.speech.threads
    return AsrConfig(
        worker_id=worker_id, data_dir=config.data_dir, host=config.speech.bind, threads=threads, max_streams=60 * threads
    )


def recognizers(config: Config) -> dict[str, RecognizerFactory]:
    """The models there are; none is logged with what to do, and is no error."""
    if not config.speech.transcribe:
        return {}
    given = (config.base / config.speech.model_dir) if config.speech.model_dir else None
    try:
        return load_recognizers([locate(config.speech.language, Path(given) if given else None)])
    except (NoModel, ModelNotLoaded) as error:
        log.error("no speech model", error=error)
        return {}


async def run_asr(config: Config, worker_id: WorkerId) -> None:
    """Until SIGTERM."""
    clock = clock_of(config.data_dir)
    letters = RedisDeadLetters(config.redis_url, config.storage.redis_prefix)
    bus = RedisBus(config.redis_url, clock, config.storage.redis_prefix, letters)
    models = await asyncio.to_thread(recognizers, config)
    warming = asyncio.create_task(_warm_up(models), name="warm-up")
    set_loaded_aside()
    worker = AsrWorker(bus, worker_config(config, worker_id), models, clock, shelf_of(config))
    try:
        async with watched_loop():
            await until_signalled(worker.run(), "asr-worker")
    finally:
        await asyncio.wait([warming])
        await bus.close()
        await letters.close()


async def _warm_up(models: dict[str, RecognizerFactory]) -> None:
    """Loads the graph for phrase lists now, so that the first caller who is asked for a choice does not wait for it."""
    for language, factory in models.items():
        try:
            await asyncio.to_thread(factory.choice, _ANY_PHRASE)
        except NoPhrases as error:
            log.warning("phrases cannot be heard", language=language, error=error)
