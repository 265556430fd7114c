import CStarterModel
public import Network

/// The 1000 classes of ILSVRC-2012, sorted by WordNet id. The outputs of all published weights have
/// this order.
public enum ImageNetClasses {
  public static let all: [ClassLabel] = {
    let lines = text.split(separator: UInt8(ascii: "\n"))
    return lines.map { line in
      let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
      return ClassLabel(
        wnid: fields.first.map { String(decoding: $0, as: UTF8.self) },
        label: fields.last.map { String(decoding: $0, as: UTF8.self) } ?? "")
    }
  }()

  /// Readable names by WordNet id.
  public static let names: [String: String] = Dictionary(
    all.compactMap { label in label.wnid.map { ($0, label.label) } }
  ) { first, _ in first }

  private static var text: [UInt8] {
    // SAFETY: the address and the size are those of read-only data in the program.
    let bytes = unsafe UnsafeBufferPointer(
      start: alexnet_imagenet_classes_bytes(), count: alexnet_imagenet_classes_size())
    return unsafe Array(bytes)
  }

  /// Whether `text` has the form of a WordNet id, an `n` followed by eight digits.
  public static func isWordNetID(_ text: String) -> Bool {
    let bytes = text.utf8
    return bytes.count == 9 && bytes.first == UInt8(ascii: "n")
      && bytes.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
  }
}
