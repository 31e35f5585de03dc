//! Identities and certificates as plain text, for programs that share nothing with this one (validation/recheck.py).

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};
use wfr::files::write_atomically;
use wfr::proofs::{Claim, invariant_domain};
use wfr::schemes::EquationClass;
use wfr::schemes::certificate::{self, Certificate, DIMENSIONS, invariant_order};

const HEAD: &str = "# Blocks of lines \"key value\". Sums: terms joined by \" + \", factors by \"*\", powers by \"^\", and derivatives after \
                    \"@\" by their directions (t, 1, 2, …), as in -1/2*b*b@1*φ@1,1.\n";

/// The files.
const NAMES: [&str; 2] = ["identities.txt", "certificates.txt"];

/// Writes `identities.txt` and `certificates.txt` into `folder`, which is made if it is not there.
pub fn write<'a>(folder: &Path, claims: impl Iterator<Item = &'a Claim>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    NAMES.into_iter().try_for_each(|name| ours(&folder.join(name)))?;
    let (mut identities, mut certificates) = (String::from(HEAD), String::from(HEAD));
    for claim in claims {
        match claim {
            Claim::Identity(identity) => {
                let domain = identity.domain();
                for &d in identity.dimensions {
                    for (kind, forms) in identity.normal_forms(d) {
                        let _ = write!(
                            identities,
                            "\nidentity {}\ndimension {d}\nkind {kind}\ndomain {domain}\n",
                            identity.id
                        );
                        for (key, form) in ["left", "right", "log-weight"].iter().zip(forms) {
                            let _ = writeln!(identities, "{key} {form}");
                        }
                    }
                }
            }
            Claim::Order(scheme, weight, noise) => {
                let proofs = certificate::certificates(*scheme, Some(*weight), *noise);
                let equation = scheme.claims().equation;
                proofs.iter().for_each(|proof| add(&mut certificates, &claim.id(), proof, equation));
            }
            Claim::Unweighted(scheme) => {
                let proofs = certificate::certificates(*scheme, None, scheme.claims().noise);
                let equation = scheme.claims().equation;
                proofs.iter().for_each(|proof| add(&mut certificates, &claim.id(), proof, equation));
            }
            Claim::Invariant(scheme) => {
                for proof in DIMENSIONS.map(|d| invariant_order(*scheme, d)) {
                    let _ = write!(
                        certificates,
                        "\ncertificate {}\ndimension {}\norder {}\ndomain {}\nbias-source {}\n",
                        claim.id(),
                        proof.dimension,
                        proof.order,
                        invariant_domain(scheme.claims().equation, proof.moments),
                        proof.leading_defect.plain()
                    );
                }
            }
            Claim::Balance | Claim::Reversal | Claim::Stencil | Claim::Integrator(_) => {}
        }
    }
    for (name, text) in NAMES.into_iter().zip([identities, certificates]) {
        write_atomically(&folder.join(name), text).map_err(|error| error.reason)?;
    }
    Ok(())
}

/// Makes sure that a file is not there, or begins as those that are written here.
fn ours(path: &Path) -> io::Result<()> {
    let Ok(found) = path.symlink_metadata() else { return Ok(()) };
    let begins = || fs::read(path).is_ok_and(|content| content.starts_with(HEAD.as_bytes()));
    if found.is_file() && begins() {
        return Ok(());
    }
    let message = format!(
        "{}: found what wfr did not write; it is left as it is: choose another folder",
        path.display()
    );
    Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
}

fn add(text: &mut String, id: &str, proof: &Certificate, equation: EquationClass) {
    let domain = certificate::domain(std::slice::from_ref(proof), equation).expect("there is a certificate");
    let _ = write!(
        text,
        "\ncertificate {id}\ndimension {}\nnoises {}\norder {}\nhalf-powers {}\nmoments {}\ndomain {domain}\nleading-error {}\noutput-error {}\n",
        proof.shape.dimension,
        proof.shape.noises,
        proof.order_text(),
        proof.half_powers,
        proof.moments.text(),
        proof.leading_error.plain(),
        proof.output_error.plain()
    );
}
