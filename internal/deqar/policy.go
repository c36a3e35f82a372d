package deqar

import "slices"

// Class is what the reports of DEQAR make of an institution, or of a programme, on a day.
type Class string

// The classes (DEQAR §1.5).
const (
	OfficialAccredited Class = "official_accredited" // a positive report, of the obligatory system
	OfficialEvaluated  Class = "official_evaluated"  // the same without a decision
	ESGVoluntary       Class = "esg_voluntary"       // reviewed under the European standards, not in the obligatory system
	Adverse            Class = "adverse"             // a negative report and no other
	Contested          Class = "contested"           // a negative report that is as new as what speaks for it, or newer
	Lapsed             Class = "lapsed"              // there was a report, and it has ended
	None               Class = "none"                // nothing that is known here; it says nothing against an institution
)

// rank orders the classes that confer something; zero for the others.
func (c Class) rank() int {
	return slices.Index([]Class{ESGVoluntary, OfficialEvaluated, OfficialAccredited}, c) + 1
}

// Confers reports whether the class speaks for the institution.
func (c Class) Confers() bool { return c.rank() > 0 }

// Award is what an institution may be trusted to award.
type Award string

// The awards.
const (
	AwardDegree          Award = "degree"
	AwardMicrocredential Award = "microcredential"
)

// Via is how a report reaches an institution.
type Via string

// The ways. A report names an institution itself, or another one with a relation to it.
const (
	ViaDirect      Via = "direct"
	ViaSubunit     Via = "subunit"     // a faculty of it
	ViaConsortium  Via = "consortium"  // a consortium of which it is a member
	ViaFranchise   Via = "franchise"   // a partner whose programmes it validates
	ViaAlliance    Via = "alliance"    // its European Universities alliance
	ViaPredecessor Via = "predecessor" // an institution that it succeeded
	ViaAbsorbed    Via = "absorbed"    // an institution that it absorbed
	ViaOrigin      Via = "origin"      // the institution that it was spun off from
	ViaRelated     Via = "related"     // a relation of a kind that is not known
	ViaPlatform    Via = "platform"    // it is merely the platform: this never confers
)

// hierarchy is what the relations of DEQAR, in its words, make of the institution below for
// the one above.
var hierarchy = map[string]Via{
	"faculty": ViaSubunit, "independent faculty or school": ViaSubunit, "consortium": ViaConsortium,
	"franchise or validation partnership": ViaFranchise, "educational platform": ViaPlatform,
	"European Universities alliance": ViaAlliance,
}

// succession is the same for the institution before.
var succession = map[string]Via{"succeeded": ViaPredecessor, "absorbed": ViaAbsorbed, "was spun off from": ViaOrigin}

// Reach is what of a report a way lets through.
type Reach uint8

// The reaches.
const (
	ReachNothing    Reach = iota
	ReachProgrammes       // the programmes that it names
	ReachAll              // the institution as a whole as well
)

// Policy says what coverage by DEQAR is worth. It is ours, and neither law nor anything that
// EQAR says.
type Policy struct {
	ID    string
	Reach map[Via]Reach // a way that is not named lets nothing through, and ViaPlatform never does

	Degrees          []Class // that allow degrees, of an institution or of the programme
	MicroInstitution []Class // that allow micro-credentials, of a higher education institution
	MicroProgramme   []Class // that allow the micro-credential that a report names
	MicroOther       []Class // that allow micro-credentials of another provider
}

// DefaultPolicy is eqar-covered/v1. What a faculty, an alliance or an absorbed institution was
// reviewed for covers the programmes that were named and no more; a successor is covered as
// its predecessor was, from the day of the succession on.
func DefaultPolicy() Policy {
	official := []Class{OfficialAccredited, OfficialEvaluated}
	reviewed := append(official[:2:2], ESGVoluntary)
	return Policy{
		ID: "eqar-covered/v1",
		Reach: map[Via]Reach{
			ViaDirect: ReachAll, ViaPredecessor: ReachAll,
			ViaSubunit: ReachProgrammes, ViaAlliance: ReachProgrammes, ViaAbsorbed: ReachProgrammes,
		},
		Degrees: official, MicroInstitution: official, MicroProgramme: reviewed, MicroOther: reviewed,
	}
}

func (p Policy) reach(via Via) Reach {
	if via == ViaPlatform {
		return ReachNothing
	}
	return p.Reach[via]
}
