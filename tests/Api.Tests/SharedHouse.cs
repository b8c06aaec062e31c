using IotOrleans.Tests;

[assembly: AssemblyFixture(typeof(SharedHouse))]

namespace IotOrleans.Tests;

/// <summary>One house for many test classes; each brings devices and numbers of its own.</summary>
public sealed class SharedHouse : WholeHouse;
