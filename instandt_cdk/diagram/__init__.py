"""The picture of the architecture, docs/architecture.svg, drawn from the templates.

| module | |
|---|---|
| findings | what the templates say: what there is, and who reaches whom |
| layout | where it stands in the picture |
| svg | boxes, frames, arrows and their texts |
"""
