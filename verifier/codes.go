package verifier

import (
	"maps"
	"slices"
)

const (
	pass = "pass"
	fail = "fail"
	warn = "warn"
	skip = "skip"
)

// code is one way in which a check can end.
type code struct {
	check, status string
	// blocks: the check is required and could not be made, so that nothing is valid.
	blocks  bool
	message string // one sentence; verbs of fmt take the details
}

// clauses are what each check obeys; CONFORMANCE.md names the standards.
var clauses = map[string]string{
	"input":        "OB §5.3",
	"syntax":       "RFC 7493 §2, VC-DM §4, RFC 7515 §7.1, RFC 9901 §7.1",
	"context":      "VC-DI §2.4.1, VC-DM §4.3",
	"schema":       "OB §8.1 step 1, OB §B",
	"proof":        "OB §8.1 step 2, VC-DI §4.4, VC-JOSE-COSE §3, RFC 8725 §3",
	"issuer":       "CID §3.3, RFC 8725 §3.8",
	"validity":     "VC-DM §4.9, OB §8.1 step 4",
	"status":       "BSL §3.2, OB §8.1 step 4, TSL §8.3",
	"refresh":      "OB §8.1 step 3",
	"endorsements": "OB §8.1 step 6",
	"credentials":  "VC-DM §4.13, CLR 2.0 ClrSubject",
	"recipient":    "OB §8.1 step 5",
}

// clausesOfCodes are those of outcomes under other rules than the others of their check.
var clausesOfCodes = map[string]string{
	"syntax-envelope":                "VC-DM §4.13",
	"context-open-badges-2":          "Open Badges 2.0",
	"schema-open-badges-2":           "Open Badges 2.0",
	"schema-open-badges-2-malformed": "Open Badges 2.0",
	"schema-not-a-badge":             "VC-DM §4",
	"proof-hosted":                   "Open Badges 2.0",
	"issuer-hosted":                  "Open Badges 2.0",
	"issuer-not-hosted":              "Open Badges 2.0",
	"issuer-holder":                  "VC-DM §4.13",
	"issuer-other-holder":            "VC-DM §4.13",
	"status-hosted":                  "Open Badges 2.0",
}

// Clause returns what the check that ended in a code obeys.
func Clause(code string) string {
	if clause, ok := clausesOfCodes[code]; ok {
		return clause
	}
	return clauses[codes[code].check]
}

// codes is the closed table of outcomes. Codes are part of what other programs depend on.
var codes = map[string]code{
	"input-json":                     {"input", pass, false, "The file holds a credential as JSON."},
	"input-jwt":                      {"input", pass, false, "The file holds a credential as a JSON Web Token."},
	"input-sd-jwt":                   {"input", pass, false, "The file holds a credential as an SD-JWT, in which its holder chose what to show."},
	"input-png":                      {"input", pass, false, "The PNG picture holds a credential."},
	"input-svg":                      {"input", pass, false, "The SVG picture holds a credential."},
	"input-jpeg":                     {"input", pass, false, "The picture holds a credential in what stands beside it."},
	"input-pdf":                      {"input", pass, false, "A credential is attached to the PDF; what the pages show was not compared with it."},
	"input-qr":                       {"input", pass, false, "The code in the picture holds a credential."},
	"input-irregular":                {"input", warn, false, "The file holds a credential, though not in the prescribed way: %s."},
	"input-picture-differs":          {"input", warn, false, "The badge is genuine, but the picture that it came in is not the one of its achievement; go by the words below."},
	"input-empty":                    {"input", fail, false, "There is no credential in the file; it may have been copied from a page or converted. Ask for the original file or the link."},
	"input-malformed":                {"input", fail, false, "The file is damaged or was tampered with: %s."},
	"input-unrecognized":             {"input", fail, false, "This is not a badge: neither a credential, nor a file in which one can be, nor a link to one."},
	"input-encrypted":                {"input", skip, true, "The file is protected by a password; ask for one that is not."},
	"input-many":                     {"input", skip, true, "The file holds many things; give it where many can be verified at once."},
	"input-page":                     {"input", skip, true, "The link leads to a web page on which no badge was found; ask for the badge's own link or file."},
	"input-too-large":                {"input", skip, true, "The file is larger than what is read here (%s)."},
	"input-nothing":                  {"input", fail, false, "There is nothing in the file; it may not have been downloaded whole. Ask for it again, or for the link."},
	"input-utf-16":                   {"input", fail, false, "This is text in UTF-16, and a badge is text in UTF-8; another program saved it anew. Ask for the original file or the link."},
	"input-bare-link":                {"input", skip, true, "This may be the address of a badge; give the whole of it, from https:// on."},
	"input-table-without-links":      {"input", skip, true, "This is a table, but none of its columns is one of links to badges; put them, from https:// on, into a column headed link."},
	"input-not-https":                {"input", skip, true, "The link begins with http://, where anybody on the way may change what is read; ask for one that begins with https://."},
	"input-link-in-text":             {"input", skip, true, "There is a link among other words; give the link alone."},
	"input-nested":                   {"input", skip, true, "This is itself a file of many; unpack it, and give what is in it."},
	"input-row":                      {"input", skip, true, "This row was not verified: %s."},
	"input-table":                    {"input", skip, true, "The table was not verified: %s."},
	"input-unreadable":               {"input", skip, true, "The file could not be read: %s."},
	"input-unavailable":              {"input", skip, true, "The link could not be opened: %s."},
	"input-bundle":                   {"input", pass, false, "The file holds a credential together with what its verification needs, collected on %s."},
	"input-bundle-broken":            {"input", fail, false, "The file is a bundle that is damaged or was tampered with: %s."},
	"input-part":                     {"input", pass, false, "The document holds a credential within itself."},
	"syntax-ok":                      {"syntax", pass, false, "The document is well-formed."},
	"syntax-json":                    {"syntax", fail, false, "The document is not strict JSON (%s)."},
	"syntax-token":                   {"syntax", fail, false, "The token is malformed: %s."},
	"syntax-too-large":               {"syntax", skip, true, "The document is larger or deeper than what is read here (%s)."},
	"syntax-envelope":                {"syntax", skip, true, "The document is an envelope around a kind of credential that is not read here (%s)."},
	"syntax-malformed":               {"syntax", fail, false, "The document does not conform to the data model: %s."},
	"context-ok":                     {"context", pass, false, "Every part of the document is defined by its contexts and covered by what is signed."},
	"context-inline":                 {"context", warn, false, "The document defines terms of its own; what they mean is its issuer's word, and they were not read."},
	"context-older-edition":          {"context", warn, false, "The badge was signed under an older edition of the Open Badges context; all of it is covered."},
	"context-open-badges-2":          {"context", pass, false, "The badge is of Open Badges 2.0, whose terms are read as that standard names them."},
	"context-plain":                  {"context", warn, false, "The credential is not linked data; its names mean what whoever made its type says."},
	"context-loss":                   {"context", fail, false, "Part of the document is not covered by what is signed: %s."},
	"context-invalid":                {"context", fail, false, "The document cannot be read under its contexts: %s."},
	"context-ambiguous":              {"context", fail, false, "The document states its %s in a way that readers would miss."},
	"context-unknown":                {"context", skip, true, "The document depends on definitions that are not known here: %s."},
	"context-unsupported":            {"context", skip, true, "The document uses a form that is not processed here: %s."},
	"schema-ok":                      {"schema", pass, false, "The badge has everything that Open Badges 3.0 asks for."},
	"schema-too-large":               {"schema", skip, true, "The badge holds more than can be held to the rules of Open Badges here."},
	"schema-not-a-badge":             {"schema", warn, false, "This is a credential, but not a badge; the rules of Open Badges were not applied."},
	"schema-open-badges-2":           {"schema", pass, false, "The badge has everything that Open Badges 2.0 asks for."},
	"schema-open-badges-2-malformed": {"schema", fail, false, "The badge does not conform to Open Badges 2.0: %s."},
	"schema-invalid":                 {"schema", fail, false, "The badge lacks what Open Badges 3.0 asks for: %s."},
	"proof-ok":                       {"proof", pass, false, "The signature is genuine: nothing was changed since it was made."},
	"proof-selective":                {"proof", pass, false, "The signature is genuine; the badge's holder chose which parts to show, and left out others as the issuer allows."},
	"proof-partial":                  {"proof", warn, false, "A signature is genuine; another one on the badge does not count: %s."},
	"proof-missing":                  {"proof", fail, false, "The document is not signed, so anybody could have written it."},
	"proof-invalid":                  {"proof", fail, false, "The signature is wrong: %s."},
	"proof-key-unpublished":          {"proof", fail, false, "The signature cannot be relied on: the key that it names is not published, or no longer is (%s). Ask the issuer whether the badge is theirs, or for a new one."},
	"proof-key-withdrawn":            {"proof", fail, false, "The issuer has withdrawn the key that signed the badge (%s); ask the issuer for a new badge."},
	"proof-hosted":                   {"proof", warn, false, "The badge is of Open Badges 2.0 and not signed: it stands because its issuer's site shows it."},
	"proof-presentation":             {"proof", pass, false, "Who presents the credentials signed them over to you: nothing was changed since."},
	"proof-unsigned-presentation":    {"proof", warn, false, "Nobody signed the presentation, so it does not show who sent it; the credentials in it were checked one by one."},
	"proof-bundle-word":              {"proof", skip, true, "The signature could not be checked: which keys are the issuer's is said only by the bundle itself. Verify with a connection, or, if you know who made the bundle (%s), name them as a witness."},
	"proof-not-for-you":              {"proof", fail, false, "The signature does not answer what you asked its holder to sign: %s."},
	"proof-expired":                  {"proof", fail, false, "The signature is no longer good: %s."},
	"proof-undecided":                {"proof", skip, true, "The signature could not be checked: %s."},
	"issuer-ok":                      {"issuer", pass, false, "The key that signed belongs to the issuer that the badge names."},
	"issuer-mismatch":                {"issuer", fail, false, "The badge was signed by somebody other than the issuer that it names."},
	"issuer-hosted":                  {"issuer", pass, false, "The badge is published where its issuer publishes badges."},
	"issuer-not-hosted":              {"issuer", fail, false, "The badge is not published where its issuer publishes badges."},
	"issuer-holder":                  {"issuer", pass, false, "The key that signed belongs to the holder that the presentation names."},
	"issuer-no-holder":               {"issuer", warn, false, "The presentation does not show who holds the credentials."},
	"issuer-other-holder":            {"issuer", fail, false, "The presentation was signed by somebody other than the holder that it names."},
	"issuer-unchallenged":            {"issuer", warn, false, "The presentation was not made at your request; it may be a copy of one that was made for others."},
	"issuer-unattributed":            {"issuer", skip, true, "Nothing shows that the key that signed belongs to the issuer."},
	"validity-ok":                    {"validity", pass, false, "The badge is within its period of validity."},
	"validity-expired":               {"validity", fail, false, "The badge expired on %s."},
	"validity-issued-later":          {"validity", warn, false, "The badge says that it was issued on %s, which is still to come."},
	"validity-not-yet":               {"validity", fail, false, "The badge is not valid before %s."},
	"status-ok":                      {"status", pass, false, "The issuer has neither revoked nor suspended the badge."},
	"status-none":                    {"status", pass, false, "The badge cannot be revoked: it names no place where that would be said."},
	"status-hosted":                  {"status", pass, false, "The issuer's site shows the badge and does not say that it was revoked."},
	"status-unsigned-list":           {"status", warn, false, "The issuer's list of revoked badges does not name the badge; nobody signed the list, which rests on the connection alone."},
	"status-revoked-because":         {"status", fail, false, "The issuer has revoked the badge; it gives as its reason: %s"},
	"status-revoked":                 {"status", fail, false, "The issuer has revoked the badge."},
	"status-suspended":               {"status", fail, false, "The issuer has suspended the badge for the time being."},
	"status-as-of":                   {"status", warn, false, "The badge was neither revoked nor suspended on %s, when the bundle was made; whether it was since could not be found out."},
	"status-bundle-word":             {"status", skip, true, "Whether the badge was revoked could not be found out: how old the list is that came with it is said only by the bundle itself. Verify with a connection, or, if you know who made the bundle (%s), name them as a witness."},
	"status-ended-since":             {"status", skip, true, "The issuer has revoked or suspended the badge; whether it had at the moment that you ask about is not said."},
	"status-today":                   {"status", warn, false, "The badge is not suspended today; whether it was at the moment that you ask about is not said."},
	"status-until-now":               {"status", warn, false, "The badge is neither revoked nor suspended today; nobody can know whether it will be at the moment that you ask about."},
	"status-informs":                 {"status", warn, false, "The issuer says of the badge: %s."},
	"status-unavailable":             {"status", skip, true, "Whether the badge was revoked could not be found out: %s."},
	"status-unsupported":             {"status", skip, true, "Whether the badge was revoked is said in a way that is not read here."},
	"status-malformed":               {"status", fail, false, "Where the badge says whether it was revoked, it is malformed: %s."},
	"status-list-invalid":            {"status", fail, false, "The issuer's list of revoked badges is not genuine: %s."},
	"status-list-undecided":          {"status", skip, true, "The issuer's list of revoked badges could not be checked: %s."},
	"refresh-none":                   {"refresh", skip, false, "The badge names no place with a newer version."},
	"refresh-current":                {"refresh", pass, false, "The issuer gives no newer version of the badge."},
	"refresh-newer":                  {"refresh", warn, false, "The issuer gives a newer version of the badge, valid from %s; ask for that one."},
	"refresh-invalid":                {"refresh", warn, false, "What the issuer gives as the newest version of the badge cannot be relied on: %s."},
	"refresh-unavailable":            {"refresh", warn, false, "Whether there is a newer version of the badge could not be found out: %s."},
	"refresh-available":              {"refresh", warn, false, "The issuer may have a newer version of the badge; it was not looked up."},
	"refresh-unsupported":            {"refresh", warn, false, "The issuer may have a newer version of the badge, in a place that is not read here."},
	"endorsements-none":              {"endorsements", skip, false, "Nobody else endorses the badge."},
	"endorsements-ok":                {"endorsements", pass, false, "The endorsements by others that the badge carries are genuine."},
	"endorsements-invalid":           {"endorsements", warn, false, "The badge carries an endorsement that cannot be relied on: %s."},
	"endorsements-of-another":        {"endorsements", warn, false, "The badge carries an endorsement of something else than what it stands at."},
	"endorsements-too-many":          {"endorsements", warn, false, "The badge carries more endorsements than are looked at; do not rely on the others."},
	"credentials-ok":                 {"credentials", pass, false, "Each credential in the document was verified on its own and holds."},
	"credentials-none":               {"credentials", warn, false, "There is no credential in the presentation."},
	"credentials-nothing":            {"credentials", skip, true, "There is no credential in the presentation, and nobody signed it: it shows nothing."},
	"credentials-expired":            {"credentials", warn, false, "A credential in the document has expired since: %s."},
	"credentials-other-person":       {"credentials", warn, false, "A credential in the document was issued to another person than the document."},
	"credentials-invalid":            {"credentials", fail, false, "A credential in the document does not hold: %s."},
	"credentials-undecided":          {"credentials", skip, true, "A credential in the document could not be decided: %s."},
	"credentials-too-many":           {"credentials", skip, true, "The document holds more credentials, or deeper ones, than are looked at."},
	"recipient-not-asked":            {"recipient", skip, false, "No name or address was given to compare the recipient with."},
	"recipient-ok":                   {"recipient", pass, false, "The badge was issued to the person you named."},
	"recipient-presented":            {"recipient", pass, false, "The badge was presented by the holder of its earner's own key."},
	"recipient-unasked":              {"recipient", warn, false, "The badge is bound to its earner's own key, but was not shown at your request; it may be a copy of what was shown to others."},
	"recipient-presented-by-another": {"recipient", warn, false, "Nothing shows that who presented the badge is the one who earned it."},
	"recipient-incomparable":         {"recipient", skip, true, "The badge holds nothing to compare with what you gave (%s); give something else that it may hold, such as the e-mail address."},
	"recipient-unclear":              {"recipient", skip, true, "Whether it is the right person's could not be compared: %s."},
	"recipient-mismatch":             {"recipient", fail, false, "The badge was not issued to the person you named."},
	"trust-not-checked":              {"trust", skip, false, "No registry was asked whether the issuer is a recognized institution."},
	"trust-listed":                   {"trust", pass, false, "The issuer is listed as trusted (%s)."},
	"trust-conditions":               {"trust", pass, false, "The issuer is listed as trusted (%s), and there is something to know: %s."},
	"trust-historical":               {"trust", pass, false, "The issuer was listed as trusted (%s) when it issued the badge, and is no longer."},
	"trust-out-of-scope":             {"trust", warn, false, "The issuer is listed (%s), but not for this: %s."},
	"trust-not-yet":                  {"trust", warn, false, "The issuer was not listed as trusted yet (%s) when it issued the badge: %s."},
	"trust-lapsed":                   {"trust", warn, false, "The issuer was no longer listed as trusted (%s) when it issued the badge: %s."},
	"trust-suspended":                {"trust", warn, false, "The issuer's listing was suspended (%s) when it issued the badge."},
	"trust-withdrawn":                {"trust", warn, false, "The issuer had left the registry (%s) when it issued the badge."},
	"trust-revoked":                  {"trust", warn, false, "The issuer's listing does not count (%s): %s."},
	"trust-blacklisted":              {"trust", warn, false, "The registry warns of the issuer (%s): do not rely on the badge."},
	"trust-contested":                {"trust", warn, false, "Those who judge the issuer disagree whether it may award this (%s)."},
	"trust-not-listed":               {"trust", warn, false, "The issuer is not listed as trusted (%s)."},
	"trust-undecided":                {"trust", warn, false, "Whether the issuer is trusted could not be decided: %s."},
}

// Codes returns every code that a check can carry, in order.
func Codes() []string { return slices.Sorted(maps.Keys(codes)) }
