/// The groups into which ImageNet's 1000 classes are divided: words that people search photos by.
public enum ClassGroup {
  /// The group of a class that none of the others takes.
  public static let other = "other"

  /// Each group with the synsets of WordNet that stand for it. A class is in the group of the
  /// nearest one above it, or of its own.
  ///
  /// Some single classes are named, because WordNet sees them differently than a photo shows them:
  /// a menu is food there, and an ear of maize a part of a plant.
  static let all: [(name: String, synsets: [String])] = [
    ("dog", ["n02084071"]),
    // The domestic cat; lions and lynxes are mammals.
    ("cat", ["n02121808"]),
    ("primate", ["n02469914"]),
    ("mammal", ["n01861778"]),
    ("bird", ["n01503061"]),
    ("fish", ["n02512053"]),
    ("reptile", ["n01661091"]),
    ("amphibian", ["n01627424"]),
    ("insect", ["n02159955"]),
    ("invertebrate", ["n01905661"]),
    // Substances that are eaten, fruit and vegetables, ears of maize, beverages.
    (
      "food",
      [
        "n00021265", "n07555863", "n07566340", "n07557434", "n07570720", "n07881800", "n13134947",
        "n13133613", "n07705711",
      ]
    ),
    // With hay, acorns, hips, buckeyes and rapeseed.
    ("plant", ["n00017222", "n07802026", "n12267677", "n12620546", "n12768682", "n11879895"]),
    ("fungus", ["n12992868"]),
    ("landscape", ["n09287968"]),
    ("person", ["n00007846"]),
    // With trains and buses (public transport), and golf carts.
    ("vehicle", ["n04524313", "n04019101", "n03445924"]),
    // With bridges, fences and towers; a water tower is a container in WordNet.
    ("building", ["n04341686", "n04562935"]),
    // With armour, cloaks, glasses and jewellery.
    (
      "clothing",
      ["n03051540", "n02739668", "n02740764", "n03045698", "n04272054", "n04355933", "n03597469"]
    ),
    ("furniture", ["n03405725"]),
    // With computers, cameras, televisions, telephones and what sounds.
    (
      "electronics",
      [
        "n03278248", "n03082979", "n03277771", "n03078287", "n03274561", "n02942699", "n04074963",
        "n03492542", "n03924679",
      ]
    ),
    ("appliance", ["n02729837"]),
    ("musical instrument", ["n03800933"]),
    ("sports", ["n03414162", "n04285146", "n04228054", "n04019541"]),
    ("weapon", ["n04565375"]),
    // With spoons and ladles.
    ("tool", ["n03563967", "n04284002", "n03633091"]),
    ("container", ["n03094503"]),
    // Above everything; and a menu, a web site, a seat belt, a honeycomb, a coil and a plate rack.
    (
      other,
      [
        "n00001740", "n07565083", "n06359193", "n04162706", "n03530642", "n03065424", "n03961711",
      ]
    ),
  ]

  /// The group that each of the synsets stands for.
  static let names: [String: String] = Dictionary(
    all.flatMap { group in group.synsets.map { ($0, group.name) } }
  ) { first, _ in first }

  /// The names of all groups.
  public static var allNames: [String] { all.map(\.name) }

  /// The synsets of a group; nil if there is no group of that name. Those of ``other`` are none,
  /// because everything is below one of them.
  static func roots(of name: String) -> Set<String>? {
    guard let group = all.first(where: { $0.name == name }) else { return nil }
    return Set(group.synsets.filter { group.name != other || $0 != "n00001740" })
  }
}
