package status

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// Entry is what a credential says of where its status stands. Its members in JSON are those
// of a BitstringStatusListEntry (BSL §2.1) of one bit, which Laurel issues.
type Entry struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Index   string `json:"statusListIndex"`      // of a RevocationList the credential's id
	List    string `json:"statusListCredential"` // the address of the list

	Kind       Kind              `json:"-"`
	Size       int               `json:"-"` // bits of BitstringList and List2021
	Messages   map[uint16]string `json:"-"` // by value; of BitstringList
	References []string          `json:"-"` // where the issuer explains the values
}

// NewEntry returns the entry at an index of the list at an address.
func NewEntry(list, purpose string, index int) Entry {
	n := strconv.Itoa(index)
	return Entry{ID: list + "#" + n, Type: "BitstringStatusListEntry", Purpose: purpose, Index: n, List: list, Kind: BitstringList, Size: 1}
}

// maxIndex bounds indexes; no list that is read is so long.
const maxIndex = 1 << 40

// entryKinds are the types of status entries.
var entryKinds = map[string]Kind{
	"BitstringStatusListEntry": BitstringList,
	"StatusList2021Entry":      List2021,
	"1EdTechRevocationList":    RevocationList,
}

// Read reads a status entry of the credential with the given id. An entry of an unknown type
// is ErrUnsupported, any other fault ErrMalformed. An index may be a number, as some issuers
// write it (OB §C.4).
func Read(r vc.Reference, credentialID string) (Entry, error) {
	e := Entry{ID: r.ID}
	for _, t := range r.Types {
		kind, known := entryKinds[t]
		if known && e.Kind != 0 {
			return Entry{}, fmt.Errorf("%w: the status entry is of two kinds", ErrMalformed)
		}
		if known {
			e.Kind, e.Type = kind, t
		}
	}
	switch e.Kind {
	case 0:
		return Entry{}, fmt.Errorf("%w: %.60q", ErrUnsupported, strings.Join(r.Types, " "))
	case RevocationList:
		if r.ID == "" || credentialID == "" {
			return Entry{}, fmt.Errorf("%w: the revocation list or the credential has no id", ErrMalformed)
		}
		e.Purpose, e.Index, e.List = Revocation, credentialID, r.ID
		return e, nil
	}
	e.Purpose, e.List = r.Object.Member("statusPurpose").Text(), r.Object.Member("statusListCredential").Text()
	index, ok := vc.Number(r.Object.Member("statusListIndex"))
	if e.Purpose == "" || e.List == "" || !ok || index > maxIndex {
		return Entry{}, fmt.Errorf("%w: the status entry lacks a purpose, a list or a decimal index", ErrMalformed)
	}
	e.Index, e.Size = strconv.FormatInt(index, 10), 1
	if e.Kind == List2021 {
		return e, nil
	}
	return e, e.readValues(r.Object)
}

// readValues reads the size of a value and what the values mean (BSL §2.1).
func (e *Entry) readValues(object strictjson.Value) error {
	if size := object.Member("statusSize"); size.Present() {
		n, ok := vc.Number(size)
		if !ok || n == 0 || !size.Is(strictjson.Number) {
			return fmt.Errorf("%w: statusSize is not a number of bits", ErrMalformed)
		}
		if n > maxStatusSize {
			return fmt.Errorf("%w: values of more than %d bits", ErrUnsupported, maxStatusSize)
		}
		e.Size = int(n)
	}
	messages := object.Member("statusMessage")
	if !messages.Present() && e.Size > 1 {
		return fmt.Errorf("%w: values of several bits without statusMessage", ErrMalformed)
	}
	if messages.Present() {
		if err := e.readMessages(messages); err != nil {
			return err
		}
	}
	if references := object.Member("statusReference"); references.Present() {
		var ok bool
		if e.References, ok = vc.Texts(references); !ok || len(e.References) == 0 || slices.Contains(e.References, "") {
			return fmt.Errorf("%w: statusReference is not an address", ErrMalformed)
		}
	}
	return nil
}

// readMessages wants a message for every value: 2^size of them, each once.
func (e *Entry) readMessages(list strictjson.Value) error {
	if !list.Is(strictjson.Array) || list.Len() != 1<<e.Size {
		return fmt.Errorf("%w: statusMessage does not have %d items", ErrMalformed, 1<<e.Size)
	}
	e.Messages = make(map[uint16]string, list.Len())
	for item := range list.Items() {
		status := item.Member("status").Text()
		message, ok := item.Member("message").IsText()
		digits, hexadecimal := strings.CutPrefix(status, "0x")
		value, err := strconv.ParseUint(digits, 16, 16)
		if !ok || !hexadecimal || err != nil || value >= 1<<e.Size {
			return fmt.Errorf("%w: an item of statusMessage has no status such as 0x1, or no message", ErrMalformed)
		}
		if _, twice := e.Messages[uint16(value)]; twice {
			return fmt.Errorf("%w: two messages for the status %s", ErrMalformed, status)
		}
		e.Messages[uint16(value)] = message
	}
	return nil
}

// ReadClaim reads the claim status of an SD-JWT VC (TSL §6.2). A claim without status_list
// is ErrUnsupported.
func ReadClaim(claim strictjson.Value) (Entry, error) {
	if !claim.Is(strictjson.Object) || claim.Len() == 0 {
		return Entry{}, fmt.Errorf("%w: the claim status is not an object with members", ErrMalformed)
	}
	list := claim.Member("status_list")
	if !list.Present() {
		return Entry{}, fmt.Errorf("%w: no status_list", ErrUnsupported)
	}
	number, uri := list.Member("idx"), list.Member("uri").Text()
	index, ok := vc.Number(number)
	if !ok || !number.Is(strictjson.Number) || index > maxIndex || uri == "" {
		return Entry{}, fmt.Errorf("%w: status_list lacks a uri or an idx", ErrMalformed)
	}
	return Entry{Kind: TokenList, Type: "status_list", Index: number.Number().String(), List: uri}, nil
}

// EntriesOf returns the entries of a signed credential of Laurel's own.
func EntriesOf(credential []byte) ([]Entry, error) {
	document, err := strictjson.ReadObject(credential, strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	c, problems := vc.Read(document)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the credential is malformed: %s", problems[0])
	}
	entries := make([]Entry, 0, len(c.Status))
	for _, r := range c.Status {
		e, err := Read(r, c.ID)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
