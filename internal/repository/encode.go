package repository

import (
	"encoding/json"
	"time"

	"laurel/internal/translog"
	"laurel/keys"
)

// The shapes of payloads on the wire. Members are written in the order of the fields.
type (
	wireDates struct {
		Type    string `json:"_type"`
		Spec    string `json:"spec"`
		Version int64  `json:"version"`
		Issued  string `json:"issued"`
		Expires string `json:"expires"`
	}
	wireRole struct {
		Keys      []json.RawMessage `json:"keys"`
		Threshold int               `json:"threshold"`
	}
	wireLog struct {
		Origin    string   `json:"origin"`
		Key       string   `json:"key"`
		Witnesses []string `json:"witnesses"`
		Need      int      `json:"need"`
	}
	wireRoot struct {
		wireDates
		Roles  map[string]wireRole `json:"roles"`
		Shards []string            `json:"shards"`
		Log    wireLog             `json:"log"`
	}
	wireTimestamp struct {
		wireDates
		Snapshot Ref   `json:"snapshot"`
		LogIndex int64 `json:"logIndex"`
	}
	wirePrev struct {
		Version int64  `json:"version"`
		SHA256  string `json:"sha256"`
	}
	wireSnapshot struct {
		wireDates
		Policy  string          `json:"policy"`
		Shards  map[string]Ref  `json:"shards"`
		Sources json.RawMessage `json:"sources"`
		Prev    *wirePrev       `json:"prev,omitempty"`
		Log     struct {
			Origin string `json:"origin"`
			Size   int64  `json:"size"`
		} `json:"log"`
	}
	wireShard struct {
		wireDates
		Shard    string        `json:"shard"`
		SHA256   string        `json:"sha256"`
		Bytes    int64         `json:"bytes"`
		Entries  int64         `json:"entries"`
		TreeRoot translog.Hash `json:"treeRoot"`
	}
)

func (d Dates) wire(kind string) wireDates {
	form := func(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
	return wireDates{kind, Spec, d.Version, form(d.Issued), form(d.Expires)}
}

// Payload writes what is to be signed.
func (r *Root) Payload() ([]byte, error) {
	w := wireRoot{r.wire(RoleRoot), map[string]wireRole{}, append([]string{}, r.Shards...),
		wireLog{r.Log.Origin, r.Log.Key, append([]string{}, r.Log.Witnesses...), r.Log.Need}}
	for name, role := range r.Roles {
		list := []json.RawMessage{}
		for _, key := range role.Keys {
			jwk, err := keys.JWK(key)
			if err != nil {
				return nil, err
			}
			list = append(list, jwk)
		}
		w.Roles[name] = wireRole{list, role.Threshold}
	}
	return checked(w, func(p []byte) error { _, err := parseRoot(p); return err })
}

// Payload writes what is to be signed.
func (t *Timestamp) Payload() ([]byte, error) {
	return checked(wireTimestamp{t.wire(RoleTimestamp), t.Snapshot, t.LogIndex}, func(p []byte) error { _, err := parseTimestamp(p); return err })
}

// Payload writes what is to be signed.
func (s *Snapshot) Payload() ([]byte, error) {
	w := wireSnapshot{wireDates: s.wire(RoleSnapshot), Policy: s.Policy, Shards: s.Shards, Sources: s.Sources}
	if s.Prev != nil {
		w.Prev = &wirePrev{s.Prev.Version, s.Prev.SHA256}
	}
	if w.Sources == nil {
		w.Sources = json.RawMessage("[]")
	}
	w.Log.Origin, w.Log.Size = s.LogOrigin, s.LogSize
	return checked(w, func(p []byte) error { _, err := parseSnapshot(p); return err })
}

// Payload writes what is to be signed.
func (s *Shard) Payload() ([]byte, error) {
	w := wireShard{s.wire(typeShard), s.Name, s.SHA256, s.Bytes, s.Entries, s.TreeRoot}
	return checked(w, func(p []byte) error { _, err := parseShard(p); return err })
}

// checked writes a payload that this package reads.
func checked(wire any, parse func([]byte) error) ([]byte, error) {
	payload, err := json.Marshal(wire)
	if err != nil {
		return nil, err
	}
	return payload, parse(payload)
}
