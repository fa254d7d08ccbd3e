"""`ListOptions`: what they take, and what becomes of it on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry.exceptions import InvalidArgumentError
from model_registry.types import ArtifactTypeQueryParam, ListOptions, OrderByField


def test_defaults():
    options = ListOptions()
    assert (options.limit, options.order_by, options.is_asc) == (None, None, True)
    assert (options.next_page_token, options.artifact_type_param, options.filter_query) == (None, None, None)
    assert options.as_options() == {"page_size": "20", "sort_order": "ASC"}


def test_by_position_as_programs_for_the_existing_client_do():
    options = ListOptions(5, OrderByField.ID, False, "token", ArtifactTypeQueryParam.METRIC)
    assert options.as_options() == {
        "page_size": "5",
        "order_by": "ID",
        "sort_order": "DESC",
        "next_page_token": "token",
        "artifact_type": "metric",
    }


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (ListOptions.order_by_creation_time, "CREATE_TIME"),
        (ListOptions.order_by_update_time, "LAST_UPDATE_TIME"),
        (ListOptions.order_by_id, "ID"),
    ],
)
def test_orders(build, field):
    assert build().order_by.value == field
    assert build().is_asc is True
    assert build(is_asc=False, limit=3, filter_query="q") == ListOptions(
        3, OrderByField(field), False, filter_query="q"
    )


def test_texts_become_members():
    assert ListOptions(order_by="ID").order_by is OrderByField.ID
    assert ListOptions.artifact_type("metric").artifact_type_param is ArtifactTypeQueryParam.METRIC
    assert ListOptions.artifact_type(ArtifactTypeQueryParam.PARAMETER, limit=2).limit == 2


@given(st.integers())
def test_limits(limit):
    if limit < 1:
        with pytest.raises(InvalidArgumentError, match="limit"):
            ListOptions(limit)
    else:
        assert ListOptions(limit).as_options()["page_size"] == str(limit)


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": "20"},
        {"limit": True},
        {"limit": 2.0},
        {"order_by": "NAME"},
        {"order_by": 5},
        {"order_by": []},
        {"artifact_type_param": "picture"},
        {"filter_query": 5},
        {"filter_query": "\ud800"},
        {"next_page_token": b"x"},
    ],
    ids=repr,
)
def test_wrong_values_are_refused_by_name(wrong):
    [name] = wrong
    with pytest.raises(InvalidArgumentError, match=name):
        ListOptions(**wrong)
