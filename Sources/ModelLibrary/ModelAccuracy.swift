import JSON
import WeightFiles

/// How accurate a model is, by the metadata of its file.
public struct ModelAccuracy: Sendable, Equatable {
  /// What it was measured on.
  public let data: String
  /// The share of the images whose first answer is right, 0 to 1.
  public let top1: Double
  /// The share of the images with the right class among the first five answers; nil if it is not
  /// known.
  public let top5: Double?

  /// The first accuracy in the entry `accuracy`, an object with one member for each data set; nil
  /// if the entry is missing or has another form. Numbers that are no shares do not count.
  init?(metadata: [String: String]) {
    guard let text = metadata["accuracy"],
      case .object(let sets) = try? JSONValue.parse(metadata: text)
    else { return nil }
    for set in sets {
      func share(_ name: String) -> Double? {
        set.value[name]?.double.flatMap { (0...1).contains($0) ? $0 : nil }
      }
      guard let top1 = share("top1") else { continue }
      self.init(data: set.name, top1: top1, top5: share("top5"))
      return
    }
    return nil
  }

  init(data: String, top1: Double, top5: Double?) {
    self.data = data
    self.top1 = top1
    self.top5 = top5
  }
}

extension Model {
  /// Published or measured; nil if it is not known.
  public var accuracy: ModelAccuracy? { ModelAccuracy(metadata: metadata) }
  /// Whether most weights of the fully connected layers are zero and take no space.
  public var isCompressed: Bool { metadata[ModelForm.compressedEntry] != nil }
  /// Whether the file has activation ranges, so that the network can compute in 8 bits.
  public var isCalibrated: Bool { metadata[ModelForm.calibratedEntry] != nil }
}

extension InstalledModel {
  /// Published or measured; nil if it is not known.
  public var accuracy: ModelAccuracy? { ModelAccuracy(metadata: metadata) }
  /// Whether most weights of the fully connected layers are zero and take no space.
  public var isCompressed: Bool { metadata[ModelForm.compressedEntry] != nil }
  /// Whether the file has activation ranges, so that the network can compute in 8 bits.
  public var isCalibrated: Bool { metadata[ModelForm.calibratedEntry] != nil }
}

/// The entries of a file's metadata that say in which form its weights are.
private enum ModelForm {
  static let compressedEntry = CompactForm.sparseEntry
  static let calibratedEntry = QuantizedForm.activationsEntry
}
