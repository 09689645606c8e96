"""What a device runs: pairing, staying connected, calls of its own (docs/DEVICE-PROTOCOL.md).

`Device` waits, `AsyncDevice` is for event loops. Install them with `clawpair-sdk[device]`. They keep their key in a file and
lock it as only Unix does.
"""

from openclaw_sdk.device._async_device import AsyncDevice
from openclaw_sdk.device._device import Device
from openclaw_sdk.device._live import Change, Connected, Disabled, Disconnected, RightsChanged

__all__ = ["AsyncDevice", "Change", "Connected", "Device", "Disabled", "Disconnected", "RightsChanged"]
