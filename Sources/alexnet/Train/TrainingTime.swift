import ArgumentParser

/// A time such as `90s`, `30m`, `2h` or `1.5h`; a number alone is seconds.
struct TrainingTime: ExpressibleByArgument {
  let seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  var defaultValueDescription: String {
    seconds < 60 ? "\(Int(seconds))s" : "\(Int(seconds / 60))m"
  }

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    let unit = argument.last.flatMap { units[$0] }
    let number = Double(unit == nil ? argument : String(argument.dropLast()))
    guard let number, number > 0, number * (unit ?? 1) <= 1e8 else { return nil }
    seconds = number * (unit ?? 1)
  }
}
