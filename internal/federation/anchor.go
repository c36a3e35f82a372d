package federation

import (
	"crypto"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"laurel/internal/jws"
	"laurel/keys"
	"laurel/registry"
)

// Anchor speaks for a registry as a trust anchor (OIDF §4, §8). ID and Signer are needed.
// Its subordinates are the issuers that may issue something now.
type Anchor struct {
	ID     string // entity identifier
	Name   string // of the organization
	Signer crypto.Signer
	Also   []crypto.PublicKey // published besides: the next key, and the last one for a while
	Former []FormerKey
	// Key finds a key by its thumbprint, for registries pin no more than that; nil, or a nil
	// key: it is not known. Keys in a DID need not be found.
	Key func(thumbprint string) crypto.PublicKey
}

// FormerKey is a key with which an anchor signed once (OIDF §8.7).
type FormerKey struct {
	Key     crypto.PublicKey
	Expires time.Time
	Revoked time.Time // zero: it was not
	Reason  string    // such as "superseded" or "compromised"
}

// Where, under its identifier, an anchor answers besides its well-known address.
const (
	FetchPath      = "/federation/fetch"
	ListPath       = "/federation/list"
	ResolvePath    = "/federation/resolve"
	MarkPath       = "/federation/trust-mark"
	MarkedPath     = "/federation/trust-marked"
	MarkStatusPath = "/federation/trust-mark-status"
	KeysPath       = "/federation/historical-keys"
)

// maxAnswer is how long what an anchor signs counts.
const maxAnswer = 24 * time.Hour

// Reply is what to answer over HTTP.
type Reply struct {
	Status int
	Media  string
	Body   []byte
}

// markNames name the trust marks of each class of grant.
var markNames = map[string]string{
	registry.OfficialAccredited.String(): "eqar-covered/v1",
	registry.OfficialEvaluated.String():  "eqar-evaluated/v1",
	registry.ESGVoluntary.String():       "esg-voluntary/v1",
	registry.GrantedByRegistry.String():  "registry-grant/v1",
}

type claims = map[string]any

// fail is an error as OIDF §8.9 has it.
func fail(status int, code, description string) Reply {
	return jsonReply(status, claims{"error": code, "error_description": description})
}

var (
	errExpired = fail(503, "temporarily_unavailable", "the copy of the registry has expired")
	errSubject = fail(404, "not_found", "the registry does not list this entity")
)

func jsonReply(status int, v any) Reply {
	body, err := json.Marshal(v)
	if err != nil { // texts, numbers and lists only
		panic(err)
	}
	return Reply{status, "application/json", body}
}

// token signs claims of the anchor, which begin now.
func (a *Anchor) token(typ string, c claims, now time.Time) (string, error) {
	c["iss"], c["iat"] = a.ID, now.Unix()
	raw, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return jws.Sign(typ, raw, a.Signer, nil)
}

func (a *Anchor) tokenReply(typ string, c claims, now time.Time) Reply {
	text, err := a.token(typ, c, now)
	if err != nil {
		return fail(500, "server_error", "the answer could not be signed")
	}
	return Reply{200, "application/" + typ, []byte(text)}
}

// until is how long an answer counts: not longer than the snapshot does.
func until(s *registry.Snapshot, now time.Time) (int64, bool) {
	if s == nil || s.FreshnessAt(now) == registry.Expired {
		return 0, false
	}
	end := now.Add(maxAnswer)
	if !s.Expires.IsZero() && s.Expires.Before(end) {
		end = s.Expires
	}
	return end.Unix(), end.Unix() > now.Unix()
}

// Configuration answers GET /.well-known/openid-federation.
func (a *Anchor) Configuration(s *registry.Snapshot, now time.Time) Reply {
	c, ok := a.configuration(s, now)
	if !ok {
		return errExpired
	}
	return a.tokenReply(typeStatement, c, now)
}

func (a *Anchor) configuration(s *registry.Snapshot, now time.Time) (claims, bool) {
	exp, ok := until(s, now)
	set, err := keys.JWKSet(append([]crypto.PublicKey{a.Signer.Public()}, a.Also...)...)
	if !ok || err != nil {
		return nil, false
	}
	base := strings.TrimSuffix(a.ID, "/")
	issuers := claims{}
	for class := range markNames {
		issuers[a.MarkType(class)] = []string{a.ID}
	}
	return claims{
		"sub": a.ID, "exp": exp, "jwks": set, "trust_mark_issuers": issuers,
		"metadata": claims{federationEntity: claims{
			"organization_name": a.Name, "federation_fetch_endpoint": base + FetchPath, "federation_list_endpoint": base + ListPath,
			"federation_resolve_endpoint": base + ResolvePath, "federation_trust_mark_endpoint": base + MarkPath,
			"federation_trust_mark_list_endpoint": base + MarkedPath, "federation_trust_mark_status_endpoint": base + MarkStatusPath,
			"federation_historical_keys_endpoint": base + KeysPath,
		}},
	}, true
}

// Fetch answers GET FetchPath with what the anchor says about a subject (OIDF §8.1).
func (a *Anchor) Fetch(s *registry.Snapshot, query url.Values, now time.Time) Reply {
	exp, ok := until(s, now)
	sub := query.Get("sub")
	switch {
	case !ok:
		return errExpired
	case sub == "" || len(query["sub"]) > 1 || sub == a.ID:
		return fail(400, "invalid_request", "one sub is needed, not the anchor's own")
	}
	m, found := a.member(s, sub, now)
	if !found {
		return errSubject
	}
	return a.tokenReply(typeStatement, m.statement(s, exp), now)
}

// List answers GET ListPath with the subordinates (OIDF §8.2), of which none is an
// intermediate.
func (a *Anchor) List(s *registry.Snapshot, query url.Values, now time.Time) Reply {
	if _, ok := until(s, now); !ok {
		return errExpired
	}
	for name, values := range query {
		if !slices.Contains([]string{"entity_type", "trust_marked", "trust_mark_type", "intermediate"}, name) {
			return fail(400, "unsupported_parameter", "only entity_type, trust_marked, trust_mark_type and intermediate are supported")
		}
		for _, v := range values {
			if flag := name == "trust_marked" || name == "intermediate"; flag && v != "true" && v != "false" || name != "entity_type" && len(values) > 1 {
				return fail(400, "invalid_request", name+" is not proper")
			}
		}
	}
	all := []string{}
	for m := range a.members(s, now) {
		types := m.markTypes()
		marked := query.Get("trust_marked")
		switch {
		case query.Get("intermediate") == "true",
			marked != "" && (marked == "true") != (len(types) > 0),
			query.Has("trust_mark_type") && !slices.Contains(types, query.Get("trust_mark_type")),
			query.Has("entity_type") && !slices.ContainsFunc(query["entity_type"], func(t string) bool { return slices.Contains(entityTypes, t) }):
			continue
		}
		all = append(all, m.binding.DID)
	}
	return jsonReply(200, all)
}

// Resolve answers GET ResolvePath (OIDF §8.3): what the chain that is no more than the
// anchor and its subordinate comes to.
func (a *Anchor) Resolve(s *registry.Snapshot, query url.Values, now time.Time) Reply {
	exp, ok := until(s, now)
	switch {
	case !ok:
		return errExpired
	case query.Get("sub") == "" || len(query["sub"]) > 1 || len(query["trust_anchor"]) == 0:
		return fail(400, "invalid_request", "one sub and a trust_anchor are needed")
	case !slices.Contains(query["trust_anchor"], a.ID):
		return fail(404, "invalid_trust_anchor", "only "+a.ID+" is resolved to")
	}
	m, found := a.member(s, query.Get("sub"), now)
	if !found {
		return errSubject
	}
	own, ok := a.configuration(s, now)
	if !ok {
		return errExpired
	}
	var chain []string
	for _, c := range []claims{m.statement(s, exp), own} {
		text, err := a.token(typeStatement, c, now)
		if err != nil {
			return fail(500, "server_error", "the answer could not be signed")
		}
		chain = append(chain, text)
	}
	metadata := m.metadata(s)
	for kind := range metadata {
		if query.Has("entity_type") && !slices.Contains(query["entity_type"], kind) {
			delete(metadata, kind)
		}
	}
	marks := []claims{}
	for _, typ := range m.markTypes() {
		text, err := a.token(typeMark, m.mark(typ, exp), now)
		if err != nil {
			return fail(500, "server_error", "the answer could not be signed")
		}
		marks = append(marks, claims{"trust_mark_type": typ, "trust_mark": text})
	}
	return a.tokenReply(typeResolved, claims{"sub": m.binding.DID, "exp": exp, "metadata": metadata, "trust_marks": marks, "trust_chain": chain}, now)
}

// HistoricalKeys answers GET KeysPath (OIDF §8.7).
func (a *Anchor) HistoricalKeys(now time.Time) Reply {
	all := []claims{}
	for _, f := range a.Former {
		raw, err := keys.JWK(f.Key)
		key := claims{}
		if err == nil {
			err = json.Unmarshal(raw, &key)
		}
		if err != nil {
			return fail(500, "server_error", "a former key cannot be written")
		}
		key["exp"] = f.Expires.Unix()
		if !f.Revoked.IsZero() {
			key["revoked"] = claims{"revoked_at": f.Revoked.Unix(), "reason": f.Reason}
		}
		all = append(all, key)
	}
	return a.tokenReply(typeKeys, claims{"keys": all}, now)
}
