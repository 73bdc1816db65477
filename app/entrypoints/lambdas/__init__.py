"""The Lambda handlers, a module for each surface; its name is what infra/cdk calls it.

A module makes its handler when it is imported: that is Lambda's own time to start, and what
SnapStart keeps. Nothing that is open, and no chance, is made then.
"""
