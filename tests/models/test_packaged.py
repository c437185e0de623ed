"""Which weights of the package stand for a task."""

import pytest

from lensym.errors import UsageError
from lensym.models.packaged import USUAL, packaged_configs, usual_model


def test_the_usual_weights_of_each_task_answer_it():
    tasks = {name: config.task for name, config in packaged_configs().items()}
    assert {task: tasks[name] for task, name in USUAL.items()} == {task: task for task in USUAL}
    assert usual_model("classify") == "lensnet"


def test_another_task_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="a known task is needed; got 'anomly'; did you mean 'anomaly'"):
        usual_model("anomly")
