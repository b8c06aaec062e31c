using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("IotOrleans.Speakers.Tests")]
