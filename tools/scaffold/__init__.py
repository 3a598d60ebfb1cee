"""New services and cities from templates, valid at once (`desk new`). May not know what runs, only files.

`kinds/<kind>/` holds what a service of a kind needs, `city/` what a city needs: a new kind adds a folder.
"""
