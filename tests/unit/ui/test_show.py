"""How tables are shown: signs that are signs, numbers that still sort."""

import re

import pandas as pd

from fingen_core.ui.kit import show


def test_numbers_have_true_minus_signs_and_stay_numbers():
    table = pd.DataFrame({"Run": ["A", "B", "C"], "Score": [-0.12345, 1200.5, None]})
    styled = show.numbers(table, {"Score": 4})
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", styled.to_html())
    assert cells == ["A", "\u22120.1235", "B", "1,200.5000", "C", "–"]
    assert styled.data["Score"].dtype == float


def test_what_somebody_typed_is_shown_as_it_is():
    assert show.plain("'$5m, *x* [y]' costs $6m") == r"'\$5m, \*x\* \[y\]' costs \$6m"
    assert show.plain("gradient_penalty is 10 %: choose 1 to 5") == "gradient_penalty is 10 %: choose 1 to 5"


def test_what_somebody_wrote_is_no_markdown():
    assert show.plain("set r1_weight to 10") == "set r1_weight to 10"
    assert show.plain("9**9 $x$ [a](b)") == r"9\*\*9 \$x\$ \[a\](b)"
    assert show.plain("__import__('os')") == r"\_\_import\_\_('os')"
