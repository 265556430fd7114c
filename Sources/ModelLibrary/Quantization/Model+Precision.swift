import JSON
public import Network
import Preprocessing
import WeightFiles

extension Model {
  /// The range of scales with which 8-bit arithmetic neither overflows nor loses precision. The
  /// scales of trained networks are far inside it.
  private static let scaleLimits = Float(1e-20)...Float(1e20)

  /// The activation ranges in the file's metadata; nil if there are none.
  ///
  /// - Throws: ``ModelError/badMetadata(file:entry:reason:)``.
  public func calibration() throws(ModelError) -> Calibration? {
    let entry = QuantizedForm.activationsEntry
    guard let text = metadata[entry] else { return nil }
    func bad(_ reason: String) -> ModelError {
      .badMetadata(file: origin.description, entry: entry, reason: reason)
    }
    let json: JSONValue
    do {
      json = try JSONValue.parse(metadata: text)
    } catch {
      throw bad("it is not JSON: \(error)")
    }
    guard case .object(let members) = json else {
      throw bad("it is not a JSON object of activation ranges")
    }
    var ranges: [String: Float] = [:]
    for member in members {
      guard let value = member.value.double, Self.scaleLimits.contains(Float(value)) else {
        throw bad(
          "the range of \(member.name) is not a number from \(Self.scaleLimits.lowerBound) to "
            + "\(Self.scaleLimits.upperBound)")
      }
      ranges[member.name] = Float(value)
    }
    return Calibration(
      inputMean: preprocessing.mean, inputScale: preprocessing.scale, ranges: ranges,
      points: points)
  }

  /// The same model, computing in 8 bits.
  ///
  /// - Throws: ``ModelError``, which is ``ModelError/notCalibrated(_:)`` if the file has no
  ///   activation ranges.
  public func in8Bits() throws(ModelError) -> Model {
    guard let calibration = try calibration(),
      calibration.inputScale.allSatisfy({ $0 > 0 })
    else { throw .notCalibrated(name) }
    guard calibration.inputScale.allSatisfy(Self.scaleLimits.contains),
      calibration.inputMean.allSatisfy({ $0.magnitude <= Self.scaleLimits.upperBound })
    else {
      throw .badMetadata(
        file: origin.description, entry: "preprocessing",
        reason: "8-bit networks need a scale from \(Self.scaleLimits.lowerBound) to "
          + "\(Self.scaleLimits.upperBound) and a mean of at most \(Self.scaleLimits.upperBound)")
    }
    do throws(NetworkError) {
      return computing(in: .int8(try Quantization(calibration, for: parameters.architecture)))
    } catch {
      throw .notAlexNet(file: origin.description, error)
    }
  }

  /// The same model, computing in bfloat16 in the layers that are faster with it: see `Precision`.
  public func inBFloat16() -> Model { computing(in: .bfloat16) }

  /// The same model, computing in 8 bits if its file has activation ranges; otherwise the model
  /// itself.
  ///
  /// - Throws: ``ModelError``.
  public func in8BitsWhereCalibrated() throws(ModelError) -> Model {
    do throws(ModelError) {
      return try in8Bits()
    } catch .notCalibrated {
      return self
    }
  }

  private func computing(in precision: Precision) -> Model {
    var model = self
    model.precision = precision
    return model
  }
}
