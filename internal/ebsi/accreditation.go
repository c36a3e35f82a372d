package ebsi

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"laurel/internal/jws"
	"laurel/internal/strictjson"
)

// Level is what an accreditation is for.
type Level uint8

// The levels, from below. An authorisation to onboard says who somebody is and accredits
// nobody; it has no level.
const (
	ToAttest Level = iota + 1
	ToAccredit
	ForTrustChain
)

// levels are the credential types and the types of issuer of each level.
var levels = [...]struct{ credential, issuer string }{
	ToAttest:      {"VerifiableAccreditationToAttest", "TI"},
	ToAccredit:    {"VerifiableAccreditationToAccredit", "TAO"},
	ForTrustChain: {"VerifiableAuthorisationForTrustChain", "RootTAO"},
}

func (l Level) String() string { return levels[l].credential }

// Grant is what an accreditation lets its subject issue, or accredit others for.
type Grant struct {
	Schema        string
	Types         []string
	Jurisdictions []string // addresses of atu; empty: everywhere
}

// Accreditation is one link of a chain.
type Accreditation struct {
	Address, Subject, Issuer string
	Level                    Level
	Issued, From, Until      time.Time
	Grants                   []Grant
	parent                   string // the address of the issuer's own accreditation
	token                    *jws.Token
}

// read reads an attribute as the registry answers it, and holds it to its address: nothing
// of it is another's, and the registry's fields and the credential say the same.
func (r *Reader) read(v strictjson.Value, address string) (*Accreditation, error) {
	holder, id, err := r.place(address)
	if err != nil {
		return nil, err
	}
	attribute := v.Member("attribute")
	body := attribute.Member("body").Text()
	digest := sha256.Sum256([]byte(body))
	switch {
	case v.Member("did").Text() != holder:
		return nil, refused("the attribute at %s is another's", address)
	case body == "":
		return nil, refused("the attribute at %s is reserved and not accepted", address)
	case attribute.Member("hash").Text() != hex.EncodeToString(digest[:]):
		return nil, refused("the attribute at %s has another hash", address)
	}
	token, err := jws.Read(body, limits)
	if err != nil {
		return nil, judged("the accreditation", err)
	}
	claims := token.Unverified()
	credential := claims.Member("vc")
	a := &Accreditation{Address: address, Subject: holder, Issuer: claims.Member("iss").Text(), token: token}
	subject := credential.Member("credentialSubject")
	switch {
	case !didEBSI.MatchString(a.Issuer) || a.Issuer != credential.Member("issuer").Text():
		return nil, refused("%s does not say who issued it", address)
	case claims.Member("sub").Text() != holder || subject.Member("id").Text() != holder:
		return nil, refused("%s is about somebody else", address)
	case subject.Member("reservedAttributeId").Text() != id:
		return nil, refused("%s is reserved for another attribute", address)
	case subject.Member("permissionFor").Present() || claims.Member("credentialSubject").Present():
		return nil, undecided("%s is of the newer trust model", address)
	}
	if err := a.readLevel(credential, attribute.Member("issuerType").Text()); err != nil {
		return nil, err
	}
	if err := a.readPeriod(claims, credential); err != nil {
		return nil, err
	}
	if err := a.readStatus(credential.Member("credentialStatus")); err != nil {
		return nil, err
	}
	if err := a.readTerms(credential.Member("termsOfUse")); err != nil {
		return nil, err
	}
	return a, a.readGrants(subject.Member("accreditedFor"))
}

func (a *Accreditation) readLevel(credential strictjson.Value, issuerType string) error {
	for level := ToAttest; level <= ForTrustChain; level++ {
		for item := range credential.Member("type").Items() {
			if item.Text() != levels[level].credential {
				continue
			}
			if a.Level != 0 {
				return refused("%s is of two levels", a.Address)
			}
			a.Level = level
		}
	}
	switch {
	case a.Level == 0:
		return refused("%s is no accreditation", a.Address)
	case issuerType != levels[a.Level].issuer: // Revoked and Undefined among others
		return refused("%s is said to be that of the type %.20q", a.Address, issuerType)
	}
	return nil
}

// readPeriod takes the narrower of what the token and the credential say.
func (a *Accreditation) readPeriod(claims, credential strictjson.Value) (err error) {
	if a.Issued, err = jws.Moment(claims.Member("iat")); err != nil {
		return refused("%s: iat: %w", a.Address, err)
	}
	if a.Until, err = jws.Moment(claims.Member("exp")); err != nil {
		return refused("%s: exp: %w", a.Address, err)
	}
	a.From = a.Issued
	if nbf := claims.Member("nbf"); nbf.Present() {
		if a.From, err = jws.Moment(nbf); err != nil {
			return refused("%s: nbf: %w", a.Address, err)
		}
	}
	for _, name := range []string{"validFrom", "issuanceDate", "expirationDate", "validUntil"} {
		v := credential.Member(name)
		if !v.Present() {
			continue
		}
		at, err := time.Parse(time.RFC3339, v.Text())
		if err != nil {
			return refused("%s: %s is no moment", a.Address, name)
		}
		switch end := name == "expirationDate" || name == "validUntil"; {
		case end && at.Before(a.Until):
			a.Until = at
		case !end && at.After(a.From):
			a.From = at
		}
	}
	if !a.From.Before(a.Until) {
		return refused("%s never counts", a.Address)
	}
	return nil
}

func (a *Accreditation) holds(at time.Time) bool { return !at.Before(a.From) && at.Before(a.Until) }

// readStatus: an entry of the registry is its own status, which is read already.
func (a *Accreditation) readStatus(v strictjson.Value) error {
	switch {
	case !v.Present():
		return nil
	case v.Member("type").Text() != "EbsiAccreditationEntry":
		return undecided("%s has a status of another kind", a.Address)
	case v.Member("id").Text() != a.Address:
		return refused("%s has the status of another", a.Address)
	}
	return nil
}

func (a *Accreditation) readTerms(v strictjson.Value) error {
	for item := range v.Listed() {
		if item.Member("type").Text() != "IssuanceCertificate" {
			continue
		}
		if a.parent != "" {
			return refused("%s was issued by two accreditations", a.Address)
		}
		a.parent = item.Member("id").Text()
	}
	if a.parent == "" && a.Level != ForTrustChain {
		return refused("%s does not say by which accreditation it was issued", a.Address)
	}
	return nil
}

func (a *Accreditation) readGrants(v strictjson.Value) error {
	for item := range v.Listed() {
		g := Grant{Schema: item.Member("schemaId").Text()}
		for t := range item.Member("types").Items() {
			g.Types = append(g.Types, t.Text())
		}
		limit := item.Member("limitJurisdiction")
		for j := range limit.Listed() {
			g.Jurisdictions = append(g.Jurisdictions, j.Text())
		}
		if g.Schema == "" || len(g.Types) == 0 || len(g.Types) > maxTypes || len(g.Jurisdictions) > maxGrants || limit.Present() && len(g.Jurisdictions) == 0 {
			return refused("%s: accreditedFor is not proper", a.Address)
		}
		if a.Grants = append(a.Grants, g); len(a.Grants) > maxGrants {
			return undecided("%s accredits for more than %d things", a.Address, maxGrants)
		}
	}
	if len(a.Grants) == 0 {
		return refused("%s accredits for nothing", a.Address)
	}
	return nil
}

// serves tells whether a grant is for the schema and types of another, anywhere.
func (g Grant) serves(other Grant) bool {
	return g.Schema == other.Schema && !slices.ContainsFunc(other.Types, func(t string) bool { return !slices.Contains(g.Types, t) })
}

func (g Grant) servesAny(others []Grant) bool { return slices.ContainsFunc(others, g.serves) }

// covers tells whether another grant is no wider than this one.
func (g Grant) covers(other Grant) bool {
	within := func(j string) bool {
		return slices.Contains(g.Jurisdictions, j) || slices.Contains(g.Jurisdictions, atu+europe) && country(j) != ""
	}
	if len(g.Jurisdictions) == 0 {
		return g.serves(other)
	}
	return g.serves(other) && len(other.Jurisdictions) > 0 && !slices.ContainsFunc(other.Jurisdictions, func(j string) bool { return !within(j) })
}

// country is the code in registries of our kind of a country in Europe, by its address.
func country(address string) string {
	code, isPlace := strings.CutPrefix(address, atu)
	if !isPlace {
		return ""
	}
	return countries[code]
}

// atu is where the EU publishes the codes of countries and territories.
const (
	atu    = "https://publications.europa.eu/resource/authority/atu/"
	europe = "EUR"
)

// countries are those of the European Blockchain Partnership and the EEA, which the code for
// Europe stands for here, with their codes in registries of our kind.
var countries = map[string]string{
	"AUT": "AT", "BEL": "BE", "BGR": "BG", "CYP": "CY", "CZE": "CZ", "DEU": "DE", "DNK": "DK", "ESP": "ES", "EST": "EE", "FIN": "FI",
	"FRA": "FR", "GRC": "GR", "HRV": "HR", "HUN": "HU", "IRL": "IE", "ISL": "IS", "ITA": "IT", "LIE": "LI", "LTU": "LT", "LUX": "LU",
	"LVA": "LV", "MLT": "MT", "NLD": "NL", "NOR": "NO", "POL": "PL", "PRT": "PT", "ROU": "RO", "SVK": "SK", "SVN": "SI", "SWE": "SE",
	"UKR": "UA",
}
