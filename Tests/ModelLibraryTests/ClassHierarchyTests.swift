import ModelLibrary
import Network
import Testing

@Suite struct ClassHierarchyTests {
  private let hierarchy = ClassHierarchy.imageNet
  private let labels = ImageNetClasses.all

  private func names(_ term: String) -> Set<String> {
    Set(hierarchy.indices(matching: term, in: labels).map { labels[$0].label })
  }

  @Test("every class of ImageNet is in a group, and no group is empty")
  func groups() {
    let groups = labels.map { hierarchy.group(of: $0.wnid ?? "") }
    #expect(!groups.contains(nil))
    #expect(Set(groups.compactMap(\.self)) == Set(ClassGroup.allNames))
  }

  // ImageNet's published synset tree counts these below dog, bird, snake and vehicle.
  @Test(
    "a word covers the classes that are kinds of it",
    arguments: [("dog", 118), ("bird", 59), ("snake", 17), ("Bird_of_prey", 4), ("cat", 5)])
  func kinds(term: String, count: Int) {
    #expect(names(term).count == count)
  }

  @Test("dogs are mammals, lions are no cats, and a hotdog is food and no dog")
  func edges() {
    #expect(names("mammal").isSuperset(of: names("dog")))
    #expect(!names("cat").contains("lion") && names("mammal").contains("lion"))
    #expect(!names("dog").contains("hotdog") && names("food").contains("hotdog"))
  }

  @Test("a label, a WordNet id, and nothing that is no class")
  func single() {
    #expect(names("Golden_Retriever") == ["golden retriever"])
    #expect(names("n02099601") == ["golden retriever"])
    #expect(names("no such thing").isEmpty)
    #expect(hierarchy.indices(matching: "pets", in: [ClassLabel(wnid: nil, label: "Pets")]) == [0])
  }

  @Test("the lineage begins with the class and ends with the entity above all")
  func lineage() {
    let lineage = hierarchy.lineage(of: "n02099601")
    #expect(lineage.first == "n02099601" && lineage.contains("n02084071"))
    #expect(lineage.last == "n00001740" && hierarchy.lineage(of: "n99999999").isEmpty)
  }
}
