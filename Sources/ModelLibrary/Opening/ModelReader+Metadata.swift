import Architecture
import Images
import JSON
import Kernels
import Network
import Preprocessing
import WeightFiles

extension ModelReader {
  /// The entry `preprocessing`. If there is none, the usual preprocessing for the architecture.
  func preprocessing(for architecture: Architecture) throws(ModelError) -> Preprocessing {
    let preprocessing: Preprocessing
    if let text = metadata["preprocessing"] {
      preprocessing = try Preprocessing(parsing: Array(text.utf8)) { reason in
        bad("preprocessing", reason)
      }
    } else {
      do {
        preprocessing = try .usual(for: architecture)
      } catch {
        throw bad("preprocessing", error.description)
      }
    }
    let size = architecture.inputSize
    guard let output = preprocessing.outputSize(for: nil), output.width == size,
      output.height == size
    else {
      throw bad("preprocessing", "its steps do not end in the network's \(size) x \(size) pixels")
    }
    return preprocessing
  }

  /// The entry `lrn`; nil if there is none.
  func normalization() throws(ModelError) -> NormalizationSpec? {
    guard let text = metadata["lrn"] else { return nil }
    guard let json = try? JSONValue.parse(metadata: text), let size = json["size"]?.integer,
      let alpha = json["alpha"]?.double, let beta = json["beta"]?.double,
      let k = json["k"]?.double, let divided = json["alphaDividedBySize"]?.bool
    else { throw bad("lrn", "it must have size, alpha, beta, k and alphaDividedBySize") }
    let range = 1...255
    guard range.contains(size), size % 2 == 1, alpha >= 0, k > 0, beta >= 0,
      [alpha, beta, k].allSatisfy({ Float($0).isFinite && Float($0) >= 0 }), Float(k) > 0
    else { throw bad("lrn", "its numbers are out of range") }
    return NormalizationSpec(
      size: size, alpha: Float(alpha), beta: Float(beta), k: Float(k),
      alphaDividedBySize: divided)
  }

  /// The entry `pooling`: `up` or `down`; nil if there is none.
  func poolingRounding() throws(ModelError) -> PoolingSpec.Rounding? {
    guard let text = metadata["pooling"] else { return nil }
    guard let rounding = PoolingSpec.Rounding(rawValue: text) else {
      throw bad("pooling", "'\(text)' is neither up nor down")
    }
    return rounding
  }

  /// The entry `inputSize`, in pixels; nil if there is none.
  func inputSize() throws(ModelError) -> Int? {
    guard let text = metadata["inputSize"] else { return nil }
    guard let size = Int(text), Preprocessing.sizeLimit.contains(size) else {
      throw bad("inputSize", "'\(text)' is not a size")
    }
    return size
  }

  /// The class names from the entries `classes` and `labels`. If the file has neither and the
  /// network has 1000 outputs, they are ImageNet's.
  func labels(count: Int) throws(ModelError) -> [ClassLabel] {
    let classes = try strings("classes", count: count)
    let labels = try strings("labels", count: count)
    switch (classes, labels) {
    case (nil, nil):
      guard count == ImageNetClasses.all.count else {
        throw .unlabelled(file: file, classes: count)
      }
      return ImageNetClasses.all
    case (nil, let labels?):
      return labels.map { ClassLabel(wnid: nil, label: $0) }
    case (let classes?, let labels):
      return classes.indices.map { index in
        let name = classes[index]
        let isWordNetID = ImageNetClasses.isWordNetID(name)
        let label = labels?[index] ?? (isWordNetID ? ImageNetClasses.names[name] : nil) ?? name
        return ClassLabel(wnid: isWordNetID ? name : nil, label: label)
      }
    }
  }

  private func strings(_ entry: String, count: Int) throws(ModelError) -> [String]? {
    guard let text = metadata[entry] else { return nil }
    // The message is the same for text that is not JSON and for JSON of another kind.
    guard let strings = (try? JSONValue.parse(metadata: text))?.strings else {
      throw bad(entry, "it is not a JSON array of strings")
    }
    guard strings.count == count else {
      if let labelsFile {
        throw .badLabels(
          file: labelsFile,
          reason: "the number of its classes is \(strings.count), and that of \(file) is \(count)")
      }
      throw bad(entry, "it has \(strings.count) names for \(count) outputs")
    }
    return strings
  }
}
