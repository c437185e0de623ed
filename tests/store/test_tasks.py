from hypothesis import given
from hypothesis import strategies as st

from lensym.store.tasks import plan_tasks


@given(st.integers(0, 50), st.integers(1, 20))
def test_tasks_cover_every_image_once(count, shard_images):
    tasks = plan_tasks({"train": {"cdm": count}}, shard_images)
    covered = [i for task in tasks for i in range(task.start, task.start + task.count)]
    assert covered == list(range(count))
    assert all(task.count <= shard_images for task in tasks)
