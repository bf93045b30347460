//! Address ranges, and the arithmetic that carves subnets out of them.
//!
//! A range with host bits set is refused rather than cut, because AWS would cut it silently and every later
//! plan would then differ from the file.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use super::{Text, Wrong};

/// An IPv4 address range: a network and the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    network: u32,
    prefix: u8,
}

impl Cidr {
    /// `0.0.0.0/0`: every address.
    pub const EVERYWHERE: Self = Self { network: 0, prefix: 0 };

    /// The network's first address.
    pub fn network(self) -> Ipv4Addr {
        Ipv4Addr::from(self.network)
    }

    /// The length of the prefix, 0 to 32.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// How many addresses it holds.
    pub fn addresses(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// Whether every address of `other` is in it.
    pub fn contains(self, other: Cidr) -> bool {
        other.prefix >= self.prefix && other.network & mask(self.prefix) == self.network
    }

    /// Whether any address is in both.
    pub fn overlaps(self, other: Cidr) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// The `index`-th of the equal parts that `bits` more bits of prefix make; `None` if there is no such part.
    pub fn subnet(self, bits: u8, index: u32) -> Option<Cidr> {
        let prefix = self.prefix.checked_add(bits).filter(|prefix| *prefix <= 32)?;
        if u64::from(index) >= 1 << bits {
            return None;
        }
        // Index 0 may go with a shift by 32, which is none.
        let offset = index.checked_shl(u32::from(32 - prefix)).unwrap_or(0);
        Some(Self { network: self.network | offset, prefix })
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

impl FromStr for Cidr {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if text.contains("::") {
            return Err(Wrong::new(
                format!("the platform speaks IPv4 only, found `{}`", super::super::node::excerpt(text)),
                "leave IPv6 ranges out; CloudFront serves IPv6 visitors",
            ));
        }
        let Some((address, prefix)) = text.split_once('/') else {
            let help = match text.parse::<Ipv4Addr>() {
                Ok(address) => format!("write `{address}/32` for the one address"),
                Err(_) => Self::example(),
            };
            return Err(Wrong { help, ..Wrong::not::<Self>(text) });
        };
        let address = address.parse::<Ipv4Addr>().map_err(|_| Wrong::not::<Self>(text))?;
        let prefix = prefix.parse::<u8>().ok().filter(|prefix| *prefix <= 32);
        let prefix = prefix.ok_or_else(|| Wrong::not::<Self>(text))?;
        let network = u32::from(address) & mask(prefix);
        if network != u32::from(address) {
            let right = Self { network, prefix };
            return Err(Wrong::new(
                format!("`{text}` is an address inside a range, not the range"),
                format!("the range that holds it is `{right}`"),
            ));
        }
        Ok(Self { network, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network(), self.prefix)
    }
}

impl Text for Cidr {
    const FORMAT: &'static str = "cidr";
    const WHAT: &'static str = "an address range";
    const EXAMPLES: &'static [&'static str] = &["0.0.0.0/0", "203.0.113.0/24"];
}

/// The range of a VPC: private, and large enough for the subnets of every zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VpcCidr(Cidr);

/// The largest range that a VPC may have (Amazon VPC user guide, "VPC CIDR blocks").
const LARGEST: u8 = 16;
/// The smallest range whose public subnets are still `/27`s, the least that an Application Load Balancer
/// accepts (Elastic Load Balancing user guide, "Subnets for your load balancer"). AWS itself would go to `/28`.
const SMALLEST: u8 = 21;

const PRIVATE: [(Cidr, &str); 4] = [
    (Cidr { network: 0x0a00_0000, prefix: 8 }, "10.0.0.0/8"),
    (Cidr { network: 0xac10_0000, prefix: 12 }, "172.16.0.0/12"),
    (Cidr { network: 0xc0a8_0000, prefix: 16 }, "192.168.0.0/16"),
    (Cidr { network: 0x6440_0000, prefix: 10 }, "100.64.0.0/10"),
];

impl VpcCidr {
    /// `10.20.0.0/16`, unlikely to meet a home or office network.
    pub const DEFAULT: Self = Self(Cidr { network: 0x0a14_0000, prefix: 16 });

    /// The range itself.
    pub fn range(self) -> Cidr {
        self.0
    }
}

impl FromStr for VpcCidr {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let range: Cidr = text.parse().map_err(|wrong: Wrong| match text.parse::<Ipv4Addr>() {
            Ok(address) => Wrong { help: format!("write `{address}/16`"), ..wrong },
            Err(_) if wrong.help == Cidr::example() => Wrong::not::<Self>(text),
            Err(_) => wrong,
        })?;
        if !PRIVATE.iter().any(|(private, _)| private.contains(range)) {
            let names = super::super::suggest::either(PRIVATE.iter().map(|(_, name)| *name));
            return Err(Wrong::new(
                format!("`{range}` is not a private range"),
                format!("take a part of {names} (RFC 1918, RFC 6598)"),
            ));
        }
        if range.prefix < LARGEST {
            return Err(Wrong::new(
                format!("`{range}` is larger than a VPC may be"),
                format!("the largest is a /{LARGEST}, such as `{}/{LARGEST}`", range.network()),
            ));
        }
        if range.prefix > SMALLEST {
            return Err(Wrong::new(
                format!("`{range}` is too small for public, app and data subnets in every zone"),
                format!("the smallest that would do is a /{SMALLEST} (2,048 addresses)"),
            ));
        }
        Ok(Self(range))
    }
}

impl fmt::Display for VpcCidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Text for VpcCidr {
    const FORMAT: &'static str = "vpc-cidr";
    const WHAT: &'static str = "a private address range";
    const EXAMPLES: &'static [&'static str] = &["10.20.0.0/16", "172.16.8.0/21"];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
    }

    #[test]
    fn arithmetic_holds_at_the_edges() {
        assert!(cidr("0.0.0.0/0").contains(cidr("255.255.255.255/32")));
        assert_eq!(cidr("0.0.0.0/0").addresses(), 1 << 32);
        assert_eq!(cidr("0.0.0.0/0").subnet(0, 0), Some(cidr("0.0.0.0/0")));
        assert_eq!(cidr("0.0.0.0/0").subnet(32, u32::MAX), Some(cidr("255.255.255.255/32")));
        assert_eq!(cidr("10.0.0.0/16").subnet(8, 255), Some(cidr("10.0.255.0/24")));
        assert_eq!(cidr("10.0.0.0/16").subnet(8, 256), None);
        assert_eq!(cidr("10.0.0.0/30").subnet(3, 0), None);
        assert_eq!(cidr("10.0.0.0/30").subnet(250, 0), None);
        assert!(cidr("10.0.0.0/8").overlaps(cidr("10.1.0.0/16")));
        assert!(cidr("10.1.0.0/16").overlaps(cidr("10.0.0.0/8")));
        assert!(!cidr("10.1.0.0/16").overlaps(cidr("10.2.0.0/16")));
    }

    #[test]
    fn wrong_ranges_are_told_the_right_one() {
        for (text, help) in [
            ("10.20.1.5/16", "the range that holds it is `10.20.0.0/16`"),
            ("10.20.0.0", "write `10.20.0.0/32` for the one address"),
            ("10.20.0.0/33", "write `0.0.0.0/0` or `203.0.113.0/24`"),
            ("10.20.0/16", "write `0.0.0.0/0` or `203.0.113.0/24`"),
            ("::/0", "leave IPv6 ranges out; CloudFront serves IPv6 visitors"),
        ] {
            assert_eq!(text.parse::<Cidr>().unwrap_err().help, help, "{text}");
        }
    }

    #[test]
    fn a_vpc_takes_a_private_range_that_fits() {
        for (text, help) in [
            ("10.20.0.0", "write `10.20.0.0/16`"),
            (
                "11.0.0.0/16",
                "take a part of `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16` or `100.64.0.0/10` (RFC 1918, RFC 6598)",
            ),
            (
                "172.32.0.0/16",
                "take a part of `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16` or `100.64.0.0/10` (RFC 1918, RFC 6598)",
            ),
            ("10.0.0.0/8", "the largest is a /16, such as `10.0.0.0/16`"),
            ("10.0.0.0/22", "the smallest that would do is a /21 (2,048 addresses)"),
            ("text", "write `10.20.0.0/16` or `172.16.8.0/21`"),
        ] {
            assert_eq!(text.parse::<VpcCidr>().unwrap_err().help, help, "{text}");
        }
        assert_eq!(VpcCidr::DEFAULT.to_string(), "10.20.0.0/16");
        assert!("100.64.0.0/16".parse::<VpcCidr>().is_ok());
    }
}
