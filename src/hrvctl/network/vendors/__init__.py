"""The vendors' interfaces: every address and name is the vendor's own, as it publishes them."""

from collections.abc import Mapping

from hrvctl.network.vendor_description import Description
from hrvctl.network.vendors.garmin import GARMIN
from hrvctl.network.vendors.google import GOOGLE
from hrvctl.network.vendors.intervals import INTERVALS
from hrvctl.network.vendors.oura import OURA
from hrvctl.network.vendors.polar import POLAR
from hrvctl.network.vendors.whoop import WHOOP
from hrvctl.network.vendors.withings import WITHINGS
from hrvctl.records.choices import Vendor

DESCRIPTIONS: Mapping[Vendor, Description] = {
    one.vendor: one for one in (INTERVALS, OURA, WHOOP, GARMIN, POLAR, GOOGLE, WITHINGS)
}
