"""A small lab that needs no dlnotes: everything that a lab may hold, so that tests of labs always have one."""

import os
import subprocess
import sys
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.support.pages import ROOT

SAMPLE = "sample"  # its name

# The site's own configuration, around other pages.
CONFIG = f"""\
INHERIT: {ROOT / "mkdocs.yml"}
nav:
  - index.md
  - labs/sample.ipynb
  - after.md
watch: []
hooks:
  - {ROOT / "src/sitetools/lab_pages.py"}
  - {ROOT / "src/sitetools/late_formulas.py"}
theme:
  custom_dir: {ROOT / "overrides"}
"""

ALT = """A curve from 0 to 1 named "x & [y]", *bent* <b>upwards</b> `like` a bow ](a) {b} ![c]."""

TITLE = """\
# A sample of a lab

It shows $\\mathbf{z}$, `code` and a link to [the home page](../index.md).

- A list stands here.
"""

SETUP = """\
%config InlineBackend.figure_formats = ["svg"]
import os
import random

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown

short = os.environ["DLNOTES_LABS"] == "short\""""

MATHEMATICS = """\
## Mathematics $x^2$ {#mathematics}

<!-- eq square-of-sum
x, y : real
-->
$$
(x + y)^2 = x^2 + 2 x y + y^2
$$"""

TABLE = """\
losses = [random.random() for _ in range(3)] if short else [0.5, 0.25, 0.125]
print("epoch  loss")
for epoch, loss in enumerate(losses, start=1):
    print(f"{epoch:5}  {loss:.3f}")
len(losses)  # a line of its own"""

FENCES = 'print("```")\nprint("# no heading, and $no$ formula\\n")'

CURVE = f"""\
#| fig-cap: "The **parabola** $x^2$: as ever."
#| fig-alt: >-
#|   {ALT.partition("bow ")[0]}
#|   bow {ALT.partition("bow ")[2]}
x = np.linspace(0, 1, 20)
plt.plot(x, x**2)
plt.show()"""

PIXELS = """\
%config InlineBackend.figure_formats = ["png"]"""

PICTURE = """\
#| fig-cap: Four pixels
#| fig-alt: Two black pixels on a diagonal, and two white ones on the other.
figure, axes = plt.subplots(figsize=(2, 1))
axes.imshow(np.eye(2), cmap="gray")
print("a line above the figure")"""

RESULTS = 'Markdown("| seed | accuracy |\\n|---:|---:|\\n| 0 | **0.91** |")'


def sample() -> NotebookNode:
    """The sample as its author wrote it, not yet executed."""
    stable = new_code_cell(FENCES)
    stable.metadata.tags = ["stable"]
    return new_notebook(
        cells=[
            new_markdown_cell(TITLE.strip()),
            new_code_cell(SETUP),
            new_markdown_cell(MATHEMATICS),
            new_code_cell(TABLE),
            new_markdown_cell("### Details {#details}"),
            stable,
            new_markdown_cell("## Figures {#figures}"),
            new_code_cell(CURVE),
            new_code_cell(PIXELS),
            new_code_cell(PICTURE),
            new_markdown_cell("## Results {#results}"),
            new_code_cell(RESULTS),
        ]
    )


def build(project: Path) -> subprocess.CompletedProcess[str]:
    """Build a project into its folder `site`."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", str(project / "mkdocs.yml")]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "SITE_URL": "http://127.0.0.1/notes/"}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=300)
