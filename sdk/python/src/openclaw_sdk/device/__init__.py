"""What a device runs: pairing, staying connected, calls of its own (docs/DEVICE-PROTOCOL.md).

`Device` waits, `AsyncDevice` is for event loops. Install them with `clawpair-sdk[device]`. They keep their key in a file and
lock it as only Unix does.
"""

try:
    from openclaw_sdk.device._async_device import AsyncDevice
    from openclaw_sdk.device._device import Device
    from openclaw_sdk.device._live import Change, Connected, Disabled, Disconnected, RightsChanged
except ImportError as error:
    raise ImportError(
        f"{error}. Being a device needs more packages: pip install 'clawpair-sdk[device]'", name=error.name, path=error.path
    ) from error

__all__ = ["AsyncDevice", "Change", "Connected", "Device", "Disabled", "Disconnected", "RightsChanged"]
