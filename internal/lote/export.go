package lote

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"laurel/internal/jws"
	"laurel/keys"
	"laurel/registry"
)

// Scheme is what a list says of itself. All but Approach is needed.
type Scheme struct {
	Type        string // the address that names the kind of list
	Operator    string
	Name        string
	Territory   string // such as EU
	Approach    string // the address that tells how statuses are determined
	Information string // the https address of the registry's pages
}

// Exporter says a registry as a list. Key finds a key by its thumbprint, so that it can
// stand on the list; nil, or a nil key: the thumbprint alone does.
type Exporter struct {
	Scheme Scheme
	Signer crypto.Signer
	Chain  []*x509.Certificate // of the signer, its own first
	Key    func(thumbprint string) crypto.PublicKey
}

// ErrExpired: the snapshot says nothing any more that could be said as a list.
var ErrExpired = errors.New("the copy of the registry has expired")

type object = map[string]any

// Export writes and signs the list. It is due to be updated when the snapshot expires, or
// before, when something on it is known to change. What Read would refuse is not published,
// such as what is signed by a certificate that is out of date.
func (x *Exporter) Export(s *registry.Snapshot, now time.Time) (string, error) {
	if s == nil || s.FreshnessAt(now) == registry.Expired {
		return "", ErrExpired
	}
	if len(x.Chain) == 0 {
		return "", errors.New("the signer has no certificate")
	}
	if own, err := keys.Thumbprint(x.Chain[0].PublicKey); err != nil {
		return "", err
	} else if signing, err := keys.Thumbprint(x.Signer.Public()); err != nil || own != signing {
		return "", errors.New("the signer's certificate is another's")
	}
	next := now.AddDate(0, 6, 0) // LoTE §6.3.15: at most
	if !s.Expires.IsZero() && s.Expires.Before(next) {
		next = s.Expires
	}
	entities := []object{}
	for e := range s.Entries() {
		services := x.services(e, now, &next)
		if len(services) == 0 {
			continue
		}
		entities = append(entities, object{"TrustedEntityInformation": x.Scheme.entity(e), "TrustedEntityServices": services})
	}
	next = next.Truncate(time.Second)
	if !now.Before(next) {
		return "", ErrExpired
	}
	list := object{"ListAndSchemeInformation": x.Scheme.information(s, now, next)}
	if len(entities) > 0 { // LoTE §6.4: a list is not empty
		list["TrustedEntitiesList"] = entities
	}
	raw, err := json.Marshal(object{"LoTE": list})
	if err != nil {
		return "", err
	}
	var chain []string
	for _, c := range x.Chain {
		chain = append(chain, base64.StdEncoding.EncodeToString(c.Raw))
	}
	digest := sha256.Sum256(x.Chain[0].Raw)
	header := object{"x5c": chain, "x5t#S256": base64.RawURLEncoding.EncodeToString(digest[:]), "iat": now.Unix()}
	text, err := jws.Sign("JOSE", raw, x.Signer, header)
	if err != nil {
		return "", err
	}
	if _, err := Read(text, Trust{Signers: x.Chain[:1]}, now); err != nil {
		return "", err
	}
	return text, nil
}

func (s Scheme) information(snapshot *registry.Snapshot, now, next time.Time) object {
	info := object{
		"LoTEVersionIdentifier": 1, "LoTESequenceNumber": snapshot.Version, "LoTEType": s.Type, "SchemeOperatorName": english(s.Operator),
		"SchemeName": english(s.Name), "ListIssueDateTime": written(now), "NextUpdate": written(next), "SchemeTerritory": s.Territory, "SchemeInformationURI": at(s.Information),
		"HistoricalInformationPeriod": 65535, // for ever
	}
	if s.Approach != "" {
		info["StatusDeterminationApproach"] = s.Approach
	}
	return info
}

func english(text string) []object { return []object{{"lang": "en", "value": text}} }

func at(address string) []object { return []object{{"lang": "en", "uriValue": address}} }

func written(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// entity says who an institution is (LoTE §6.5). Its street is not in the registry.
func (s Scheme) entity(e *registry.Entry) object {
	page, site, country := e.Page, e.Site, s.Territory
	if !strings.HasPrefix(page, "https://") {
		page = s.Information
	}
	if !strings.HasPrefix(site, "https://") {
		site = page
	}
	if len(e.Countries) > 0 {
		country, _, _ = strings.Cut(e.Countries[0], "-")
	}
	name := e.Name()
	if name == "" {
		name = e.ID
	}
	return object{"TEName": english(name), "TEInformationURI": at(page), "TEAddress": object{
		"TEPostalAddress": []object{{"lang": "en", "StreetAddress": "unknown", "Country": country}}, "TEElectronicAddress": at(site),
	}}
}
