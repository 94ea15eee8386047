"""The scoring engine: admission, queue, worker, async front.

engine = Engine(model, EngineSettings(), metrics)
await engine.start()                      # threads run, the model is warm
scored = await engine.score(["a post", "another"], lane="interactive", deadline_s=10)
await engine.drain(timeout_s=30)
engine.close()
"""

from service.engine.engine import Engine
from service.engine.errors import DeadlineExceeded, EngineDown, EngineError, Overloaded
from service.engine.jobs import Lane, Scored
from service.engine.settings import EngineSettings

__all__ = ["DeadlineExceeded", "Engine", "EngineDown", "EngineError", "EngineSettings", "Lane", "Overloaded", "Scored"]
