import JSON
public import Network
import Preprocessing
import WeightFiles

extension Model {
  /// What the metadata says of its activations; nil where it says nothing.
  ///
  /// - Throws: ``ModelError/badMetadata(file:entry:reason:)``.
  public func calibration() throws(ModelError) -> Calibration? {
    let entry = QuantizedForm.activationsEntry
    guard let text = metadata[entry] else { return nil }
    var ranges: [String: Float] = [:]
    let bad = ModelError.badMetadata(
      file: origin.description, entry: entry, reason: "it is no JSON object of positive numbers")
    guard case .object(let members) = try? JSONValue.parse(text) else { throw bad }
    for member in members {
      guard let value = member.value.double, value > 0, Float(value).isFinite, Float(value) > 0
      else { throw bad }
      ranges[member.name] = Float(value)
    }
    return Calibration(
      inputMean: preprocessing.mean, inputScale: preprocessing.scale, ranges: ranges,
      points: points)
  }

  /// The same model computing in 8 bits.
  ///
  /// - Throws: ``ModelError``; ``ModelError/notCalibrated(_:)`` where nobody measured its activations.
  public func in8Bits() throws(ModelError) -> Model {
    guard let calibration = try calibration(),
      calibration.inputScale.allSatisfy({ $0 > 0 })
    else { throw .notCalibrated(name) }
    return try computing(in: .int8(calibration))
  }

  /// The same model with bfloat16 where it pays: see `Precision`.
  ///
  /// - Throws: ``ModelError``.
  public func inBFloat16() throws(ModelError) -> Model { try computing(in: .bfloat16) }

  /// The same model computing in 8 bits where it brings a calibration, else the model itself.
  ///
  /// - Throws: ``ModelError``.
  public func in8BitsWhereCalibrated() throws(ModelError) -> Model {
    do throws(ModelError) {
      return try in8Bits()
    } catch .notCalibrated {
      return self
    }
  }

  private func computing(in precision: Precision) throws(ModelError) -> Model {
    do throws(NetworkError) {
      return with(network: try network.prepared(for: network.strategy, precision: precision))
    } catch {
      throw .notAlexNet(file: origin.description, error)
    }
  }

  private func with(network: Network) -> Model {
    var model = Model(
      name: name, network: network, preprocessing: preprocessing, labels: labels, origin: origin,
      metadata: metadata, points: points)
    model.assumesPreprocessing = assumesPreprocessing
    return model
  }
}
