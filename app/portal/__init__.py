"""Pages and API: the owner's portal, the provider's console, the driver's pages.

Handlers translate between forms or JSON and the services behind ``ports``; they decide nothing.
"""
