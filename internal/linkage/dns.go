package linkage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"laurel/registry"
)

// recordName is where a domain names the identifiers under which its owner issues.
const recordName = "_obtr."

const (
	maxRecords = 32
	maxRecord  = 1024
)

// Record returns the DNS name and the text of the TXT record by which a domain names an
// identifier and a key.
func Record(domain, id, thumbprint string) (name, text string) {
	return recordName + domain, "did=" + id + "; jkt=" + thumbprint
}

// DNS looks whether a domain names a DID by TXT records of the name _obtr: did=…; jkt=….
// The DID names the domain by being a did:web of it, or in a service LinkedDomains.
func (l *Looker) DNS(ctx context.Context, id, domain string) (Link, error) {
	registrable, err := Registrable(domain)
	if err != nil {
		return Link{}, err
	}
	if err := l.names(ctx, id, domain); err != nil {
		return Link{}, err
	}
	records, err := l.TXT(ctx, recordName+domain+".")
	if err != nil {
		return Link{}, unavailable("the record "+recordName+domain, err)
	}
	link := Link{Evidence: registry.Evidence{Strength: registry.Mutual, Kind: "dns", Ref: recordName + domain}}
	for _, record := range records[:min(len(records), maxRecords)] {
		if named, key, ok := readRecord(record); ok && named == id && !slices.Contains(link.Keys, key) {
			link.Keys = append(link.Keys, key)
		}
	}
	if len(link.Keys) == 0 {
		return Link{}, fmt.Errorf("%w: no record %s%s of %s names %s", ErrNotLinked, recordName, domain, registrable, id)
	}
	slices.Sort(link.Keys)
	digest := sha256.Sum256([]byte(strings.Join(link.Keys, "\n")))
	link.Digest = "sha256:" + hex.EncodeToString(digest[:])
	return link, nil
}

// names tells whether an identifier names a domain.
func (l *Looker) names(ctx context.Context, id, domain string) error {
	if host := registry.HostOf(id); host != "" && strings.HasPrefix(id, "did:web:") {
		if _, err := Registrable(host); err != nil {
			return err
		}
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return nil
		}
	}
	document, err := l.Resolver.Resolve(ctx, id)
	if err != nil {
		return unavailable("the document of the identifier", err)
	}
	for _, origin := range document.Origins {
		if host := hostOf(origin); host == domain || strings.HasSuffix(host, "."+domain) {
			return nil
		}
	}
	return fmt.Errorf("%w: %s is not of %s, and its document does not mention it", ErrNotLinked, id, domain)
}

// readRecord reads did=…; jkt=…, in this order and with nothing else.
func readRecord(text string) (id, thumbprint string, ok bool) {
	if len(text) > maxRecord {
		return "", "", false
	}
	first, second, two := strings.Cut(text, ";")
	id, isID := strings.CutPrefix(strings.TrimSpace(first), "did=")
	thumbprint, isKey := strings.CutPrefix(strings.TrimSpace(second), "jkt=")
	if !two || !isID || !isKey || len(thumbprint) != 43 || id == "" || strings.ContainsAny(id+thumbprint, " ;\t") {
		return "", "", false
	}
	return registry.NormalDID(id), thumbprint, true
}
